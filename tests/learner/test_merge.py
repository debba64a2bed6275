"""Merging: both sides' changes come together, and nothing that the learner wrote is lost."""

from __future__ import annotations

import difflib
import subprocess
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learner.merge import is_python, merge

BASE = b'''import torch


def norm(x, eps):
    """Shifts and scales.

    x: (batch, emb)
    """
    raise NotImplementedError
'''
MINE = BASE.replace(b"    raise NotImplementedError\n", b"    mean = x.mean(-1, keepdim=True)\n    return x - mean\n")


def test_changes_in_different_places_come_together() -> None:
    theirs = BASE.replace(b"x: (batch, emb)", b"x: (batch, emb), float32")
    merged = merge(BASE, MINE, theirs)
    assert merged.conflicts == 0
    assert merged.text == MINE.replace(b"x: (batch, emb)", b"x: (batch, emb), float32")


def test_where_both_changed_the_learners_lines_stand() -> None:
    theirs = BASE.replace(b"raise NotImplementedError", b"raise NotImplementedError  # use eps")
    merged = merge(BASE, MINE, theirs)
    assert merged.conflicts == 1
    text = merged.text.decode()
    assert text.startswith(MINE.decode())
    assert text.endswith(
        "    # fromscratch: the course has also changed these lines, to:\n"
        "    #     raise NotImplementedError  # use eps\n"
    )
    assert is_python(merged.text)


def test_lines_that_the_course_removed_and_the_learner_changed_stay() -> None:
    mine = BASE.replace(b"import torch", b"import torch as t")
    merged = merge(BASE, mine, BASE.removeprefix(b"import torch\n"))
    assert merged.conflicts == 1 and b"import torch as t\n# fromscratch: the course has removed" in merged.text


def test_the_learners_line_ends_stay() -> None:
    mine = MINE.replace(b"\n", b"\r\n")
    merged = merge(BASE, mine, BASE.replace(b"emb)", b"emb), float32"))
    assert merged.conflicts == 0
    assert merged.text == mine.replace(b"emb)", b"emb), float32")


words = st.sampled_from([b"a", b"b", b"    c", b"", b"\tdef f():", b"'''", b"d \\"])
texts = st.builds(
    lambda lines, end: b"\n".join(lines) + end, st.lists(words, max_size=12), st.sampled_from([b"", b"\n"])
)
odd = texts | st.binary(max_size=60)


@settings(max_examples=300, deadline=None)
@given(base=texts, mine=odd, theirs=texts)
def test_no_byte_of_a_line_of_the_learners_is_lost(base: bytes, mine: bytes, theirs: bytes) -> None:
    merged = merge(base, mine, theirs).text.splitlines()
    before, after = base.splitlines(), mine.splitlines()
    assert Counter(after) - Counter(before) <= Counter(merged), "a line is gone"
    if b"\r" in mine + base or not all(text.endswith(b"\n") for text in (mine, base)):
        return  # which of two equal lines is the learner's is then a matter of opinion
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    written = [line for tag, _, _, low, high in matcher.get_opcodes() if tag != "equal" for line in after[low:high]]
    rest = iter(merged)
    assert all(line in rest for line in written), "a line is gone, or lines have changed places"


@given(base=texts, other=texts)
def test_where_one_side_changed_nothing_the_other_holds(base: bytes, other: bytes) -> None:
    def same(one: bytes, two: bytes) -> bool:
        return one.splitlines() == two.splitlines()

    assert merge(base, other, base).text == other
    assert same(merge(base, base, other).text, other)
    assert merge(base, other, other).text == other
    assert merge(base, other, base).conflicts == merge(base, base, other).conflicts == 0


@settings(max_examples=40, deadline=None)
@given(changes=st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=6))
def test_git_merges_the_same(tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, bool]]) -> None:
    """Changes of one side or the other that keep their distance: git finds no conflict, and the same text."""
    base = [b"line %d\n" % number for number in range(60)]
    mine, theirs = [*base], [*base]
    for place, ours in dict(changes).items():
        (mine if ours else theirs)[place * 6] = b"changed by %s\n" % (b"me" if ours else b"them")
    folder = tmp_path_factory.mktemp("git")
    for name, lines in (("base", base), ("mine", mine), ("theirs", theirs)):
        (folder / name).write_bytes(b"".join(lines))
    done = subprocess.run(["git", "merge-file", "-p", "mine", "base", "theirs"], cwd=folder, capture_output=True)
    merged = merge(b"".join(base), b"".join(mine), b"".join(theirs))
    assert (done.returncode, done.stdout) == (0, merged.text) and merged.conflicts == 0


def test_what_is_python_and_what_is_not() -> None:
    assert is_python(MINE) and not is_python(b"def f(:") and not is_python(b"\x00")
