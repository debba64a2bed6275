"""Merging: combines the changes of both sides and loses none of the learner's lines."""

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


def test_changes_in_different_places_are_combined() -> None:
    theirs = BASE.replace(b"x: (batch, emb)", b"x: (batch, emb), float32")
    merged = merge(BASE, MINE, theirs)
    assert merged.conflicts == 0
    assert merged.text == MINE.replace(b"x: (batch, emb)", b"x: (batch, emb), float32")


def test_a_conflict_keeps_the_learners_lines() -> None:
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


def test_lines_that_the_course_removed_and_the_learner_changed_are_kept() -> None:
    mine = BASE.replace(b"import torch", b"import torch as t")
    merged = merge(BASE, mine, BASE.removeprefix(b"import torch\n"))
    assert merged.conflicts == 1 and b"import torch as t\n# fromscratch: the course has removed" in merged.text


def test_the_learners_line_endings_are_kept() -> None:
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
def test_no_line_of_the_learner_is_lost(base: bytes, mine: bytes, theirs: bytes) -> None:
    merged = merge(base, mine, theirs).text.splitlines()
    before, after = base.splitlines(), mine.splitlines()
    assert Counter(after) - Counter(before) <= Counter(merged), "a line is gone"
    if b"\r" in mine + base or not all(text.endswith(b"\n") for text in (mine, base)):
        return  # with equal lines, the learner's line is ambiguous
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    written = [line for tag, _, _, low, high in matcher.get_opcodes() if tag != "equal" for line in after[low:high]]
    rest = iter(merged)
    assert all(line in rest for line in written), "a line is gone, or lines have changed places"


@given(base=texts, changed=texts)
def test_changes_of_one_side_are_taken_unchanged(base: bytes, changed: bytes) -> None:
    def same(first: bytes, second: bytes) -> bool:
        return first.splitlines() == second.splitlines()

    assert merge(base, changed, base).text == changed
    assert same(merge(base, base, changed).text, changed)
    assert merge(base, changed, changed).text == changed
    assert merge(base, changed, base).conflicts == merge(base, base, changed).conflicts == 0


@settings(max_examples=40, deadline=None)
@given(changes=st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=6))
def test_merges_agree_with_git(tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, bool]]) -> None:
    """If no lines are changed by both sides, git reports no conflict and produces the same text."""
    base = [b"line %d\n" % number for number in range(60)]
    mine, theirs = [*base], [*base]
    for position, ours in dict(changes).items():
        (mine if ours else theirs)[position * 6] = b"changed by %s\n" % (b"me" if ours else b"them")
    folder = tmp_path_factory.mktemp("git")
    for name, lines in (("base", base), ("mine", mine), ("theirs", theirs)):
        (folder / name).write_bytes(b"".join(lines))
    git = subprocess.run(["git", "merge-file", "-p", "mine", "base", "theirs"], cwd=folder, capture_output=True)
    merged = merge(b"".join(base), b"".join(mine), b"".join(theirs))
    assert (git.returncode, git.stdout) == (0, merged.text) and merged.conflicts == 0


def test_is_python() -> None:
    assert is_python(MINE) and not is_python(b"def f(:") and not is_python(b"\x00")
