"""Tests the tree of branches against plain lists of ids."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from playground.branches import Branch, BranchTree, text_of
from playground.xray_messages import TokenView

LETTERS = "abcd"
TOKENS = [TokenView(number, letter, letter.encode()) for number, letter in enumerate(LETTERS)]

texts = st.lists(st.sampled_from(TOKENS), min_size=1, max_size=5)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("begin"), texts),
        st.tuples(st.just("move"), st.integers(-1, 12)),
        st.tuples(st.just("take"), st.sampled_from(TOKENS)),
        st.tuples(st.just("open"), st.integers(0, 50)),
        st.tuples(st.just("remove"), st.integers(0, 50)),
    ),
    max_size=30,
)


def branches(tree: BranchTree) -> list[Branch]:
    return [branch for root in tree.roots for branch in root.walk()]


@given(steps)
def test_every_branch_keeps_its_text_and_the_open_one_has_the_path_taken(steps: list[tuple[str, object]]) -> None:
    tree = BranchTree()
    path, texts_of = "", {}  # the open text as plain letters, and the text that each branch must have
    for name, value in steps:
        if name == "begin":
            tree.begin(value)
            path = text_of(tree.tokens)
            assert path.startswith(text_of(value))
        elif name == "move":
            tree.move(value)
            assert 0 <= tree.cursor < max(len(path), 1)
        elif name == "take" and tree.current is not None:
            before = path[: tree.cursor + 1]
            tree.take(value)
            assert text_of(tree.tokens[: tree.cursor + 1]) == before + value.text
            path = text_of(tree.tokens)
        elif name == "open" and (known := branches(tree)):
            branch = known[value % len(known)]
            tree.open(branch)
            path = texts_of[branch]
            assert tree.cursor == len(path) - 1
        elif name == "remove" and (known := branches(tree)):
            branch = known[value % len(known)]
            gone = list(branch.walk())
            tree.remove(branch)
            assert not set(gone) & set(branches(tree))
            assert tree.current not in gone
            path = texts_of[tree.current] if tree.current is not None else ""
        assert text_of(tree.tokens) == path
        texts_of = {branch: text_of(branch.tokens) for branch in branches(tree)} | {
            branch: text for branch, text in texts_of.items() if branch is not tree.current
        }
        for branch in branches(tree):
            assert text_of(branch.tokens) == texts_of[branch]
        # the same first tokens after a fork are one branch, never two
        forks = [(id(branch.parent), branch.fork, branch.own[0].id) for branch in branches(tree) if branch.parent]
        assert len(forks) == len(set(forks))


def test_the_way_back_and_a_different_way() -> None:
    tree = BranchTree()
    a, b, c, d = TOKENS
    root = tree.begin([a, b])
    tree.take(c)
    tree.move(0)
    assert tree.following is b
    assert tree.take(b) is root and tree.cursor == 1  # the text's own token needs no branch
    tree.move(0)
    fork = tree.take(d)
    tree.take(a)
    assert (fork.parent, fork.fork, text_of(fork.tokens)) == (root, 1, "ada")
    tree.move(0)
    assert tree.take(b) is root  # back to the parent's token, at the fork
    tree.move(0)
    assert tree.take(d) is fork and text_of(tree.tokens) == "ada"  # reopened
    tree.move(0)
    sibling = tree.take(c)
    assert sibling.parent is root and root.children == [fork, sibling]
    tree.remove(root)
    assert tree.current is None and tree.tokens == [] and tree.following is None


def test_half_a_character_is_shown_as_unknown() -> None:
    euro = "€".encode()
    tokens = [TokenView(0, "\ufffd", euro[:1]), TokenView(1, "\ufffd", euro[1:])]
    assert text_of(tokens) == "€" and text_of(tokens[:1]) == "\ufffd"
