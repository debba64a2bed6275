"""Three-way merge of lines: the learner's changes and the course's changes to the same stub."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

Lines = list[bytes]

CHANGED_NOTE = "fromscratch: the course has also changed these lines, to:"
REMOVED_NOTE = "fromscratch: the course has removed the lines above, which you have changed."


@dataclass(frozen=True)
class MergeResult:
    """The merged text. At each conflict it has the learner's lines, followed by the course's as a comment."""

    text: bytes
    conflicts: int


class Hunk(NamedTuple):
    """The lines with which one side has replaced `base[start:end]`."""

    start: int
    end: int
    lines: Lines
    by_learner: bool


def merge(base: bytes, mine: bytes, theirs: bytes) -> MergeResult:
    """Merges the changes from `base` to `theirs` into `mine`, with the line endings of `mine`.

    The result has every line that the learner wrote. Unlike in diff3, changes to adjacent lines do not conflict,
    because learners write directly below the docstring, which courses often improve.
    """
    crlf = mine.count(b"\r\n") * 2 > mine.count(b"\n")
    lines = _lines(base, crlf)
    hunks = _hunks(lines, mine.splitlines(keepends=True), True) + _hunks(lines, _lines(theirs, crlf), False)
    result: Lines = []
    conflicts = at = 0
    for group in _groups(sorted(hunks, key=lambda hunk: (hunk.start, hunk.end))):
        start, end = group[0].start, max(hunk.end for hunk in group)
        _extend(result, lines[at:start], crlf)
        learners, courses = (_apply(lines, start, end, group, by_learner) for by_learner in (True, False))
        sides = {hunk.by_learner for hunk in group}
        _extend(result, courses if sides == {False} else learners, crlf)
        if len(sides) == 2 and learners != courses:
            conflicts += 1
            _extend(result, _conflict_note(learners, courses, crlf), crlf)
        at = end
    _extend(result, lines[at:], crlf)
    return MergeResult(b"".join(result), conflicts)


def is_python(source: bytes) -> bool:
    """Whether a text is valid Python."""
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _lines(text: bytes, crlf: bool) -> Lines:
    text = text.replace(b"\r\n", b"\n")
    return (text.replace(b"\n", b"\r\n") if crlf else text).splitlines(keepends=True)


def _extend(result: Lines, lines: Lines, crlf: bool) -> None:
    if lines and result and not result[-1].endswith((b"\n", b"\r")):
        result.append(b"\r\n" if crlf else b"\n")
    result += lines


def _conflict_note(learners: Lines, courses: Lines, crlf: bool) -> Lines:
    """Returns the course's lines of a conflict as a comment with the indentation of the code."""
    end = b"\r\n" if crlf else b"\n"
    first = next((line for line in (*courses, *learners) if line.strip()), b"")
    indent = first[: len(first) - len(first.lstrip(b" \t"))]
    start = indent + b"# "
    if not any(line.strip() for line in courses):
        return [start + REMOVED_NOTE.encode() + end]
    quoted = [(start + b"    " + line.removeprefix(indent).rstrip()).rstrip() + end for line in courses]
    return [start + CHANGED_NOTE.encode() + end, *quoted]


def _hunks(base: Lines, other: Lines, by_learner: bool) -> list[Hunk]:
    matcher = difflib.SequenceMatcher(None, base, other, autojunk=False)
    return [
        Hunk(start, end, other[low:high], by_learner)
        for tag, start, end, low, high in matcher.get_opcodes()
        if tag != "equal"
    ]


def _groups(hunks: list[Hunk]) -> Iterator[list[Hunk]]:
    """Yields groups of hunks that overlap; expects them in order."""
    group: list[Hunk] = []
    for hunk in hunks:
        if group and not any(_overlap(earlier, hunk) for earlier in group):
            yield group
            group = []
        group.append(hunk)
    if group:
        yield group


def _overlap(first: Hunk, second: Hunk) -> bool:
    """Whether two hunks, `first` starting first, change the same lines or insert lines at the same position."""
    if first.start == first.end and second.start == second.end:
        return first.start == second.start
    inserted_inside = first.start < second.start == second.end < first.end
    return max(first.start, second.start) < min(first.end, second.end) or inserted_inside


def _apply(base: Lines, start: int, end: int, group: list[Hunk], by_learner: bool) -> Lines:
    """Returns `base[start:end]` with the changes of one side."""
    result: Lines = []
    at = start
    for hunk in group:
        if hunk.by_learner == by_learner:
            result += base[at : hunk.start] + hunk.lines
            at = hunk.end
    return result + base[at:end]
