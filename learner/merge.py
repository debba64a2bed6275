"""A three-way merge of lines: what the learner changed and what the course changed, both since the same beginning."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

Lines = list[bytes]

THEIRS = "fromscratch: the course has changed these lines too, to:"
REMOVED = "fromscratch: the course has removed the lines above, which you had changed."


@dataclass(frozen=True)
class Merged:
    """The merged text. In each of `conflicts` places both sides had changed the same lines: there the learner's
    lines stand, and the course's follow as a comment."""

    text: bytes
    conflicts: int


class Hunk(NamedTuple):
    """Lines that one side has put in place of `base[start:end]`."""

    start: int
    end: int
    lines: Lines
    learners: bool


def merge(base: bytes, mine: bytes, theirs: bytes) -> Merged:
    """Merges the changes from `base` to `theirs` into `mine`, whose line ends it keeps.

    Every line that the learner wrote is in the result, unchanged. Unlike in diff3, changes of neighbouring lines are
    no conflict: learners write right below the docstring, which is what courses improve.
    """
    crlf = mine.count(b"\r\n") * 2 > mine.count(b"\n")
    lines = _lines(base, crlf)
    hunks = _hunks(lines, mine.splitlines(keepends=True), True) + _hunks(lines, _lines(theirs, crlf), False)
    result: Lines = []
    conflicts = at = 0
    for group in _groups(sorted(hunks, key=lambda hunk: (hunk.start, hunk.end))):
        start, end = group[0].start, max(hunk.end for hunk in group)
        _extend(result, lines[at:start], crlf)
        ours, others = _applied(lines, start, end, group, True), _applied(lines, start, end, group, False)
        sides = {hunk.learners for hunk in group}
        if sides == {False} or ours == others:
            _extend(result, others, crlf)
        else:
            _extend(result, ours, crlf)
        if len(sides) == 2 and ours != others:
            conflicts += 1
            _extend(result, _remark(ours, others, crlf), crlf)
        at = end
    _extend(result, lines[at:], crlf)
    return Merged(b"".join(result), conflicts)


def is_python(source: bytes) -> bool:
    """Whether a text is a Python file."""
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


def _remark(mine: Lines, theirs: Lines, crlf: bool) -> Lines:
    """The course's lines of a conflict as a comment, indented as the code around it."""
    end = b"\r\n" if crlf else b"\n"
    first = next((line for line in (*theirs, *mine) if line.strip()), b"")
    indent = first[: len(first) - len(first.lstrip(b" \t"))]
    start = indent + b"# "
    if not any(line.strip() for line in theirs):
        return [start + REMOVED.encode() + end]
    quoted = [(start + b"    " + line.removeprefix(indent).rstrip()).rstrip() + end for line in theirs]
    return [start + THEIRS.encode() + end, *quoted]


def _hunks(base: Lines, other: Lines, learners: bool) -> list[Hunk]:
    matcher = difflib.SequenceMatcher(None, base, other, autojunk=False)
    return [
        Hunk(start, end, other[low:high], learners)
        for tag, start, end, low, high in matcher.get_opcodes()
        if tag != "equal"
    ]


def _groups(hunks: list[Hunk]) -> Iterator[list[Hunk]]:
    """Hunks in order, those together that touch the same lines."""
    group: list[Hunk] = []
    for hunk in hunks:
        if group and not any(_overlap(one, hunk) for one in group):
            yield group
            group = []
        group.append(hunk)
    if group:
        yield group


def _overlap(one: Hunk, other: Hunk) -> bool:
    """Whether two hunks, `one` starting first, change the same lines, or put lines into the same place."""
    if one.start == one.end and other.start == other.end:
        return one.start == other.start
    return max(one.start, other.start) < min(one.end, other.end) or one.start < other.start == other.end < one.end


def _applied(base: Lines, start: int, end: int, group: list[Hunk], learners: bool) -> Lines:
    """What one side has made of `base[start:end]`."""
    result: Lines = []
    at = start
    for hunk in group:
        if hunk.learners == learners:
            result += base[at : hunk.start] + hunk.lines
            at = hunk.end
    return result + base[at:end]
