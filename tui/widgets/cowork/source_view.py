"""Formats a submitted source with its comments, alone or compared with a different source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content

from tui.formatting import clean, plural
from tui.widgets.cowork.entries import MUTED, body
from tui.widgets.highlight import python_code

if TYPE_CHECKING:
    from cowork.diff import DiffRow
    from cowork.rooms.review import Review, Thread

REMOVED, ADDED = "on $error 20%", "on $success 20%"


@dataclass(frozen=True)
class SourceLine:
    """A line on the screen; `number` is its number in the submission, or None if only the other source has it."""

    number: int | None
    content: Content


def highlighted(lines: Sequence[str]) -> list[Content]:
    """Returns the highlighted lines of a Python source."""
    content = python_code("\n".join(lines)).split("\n", allow_blank=True)
    return content if len(content) == len(lines) else [Content(line) for line in lines]


def source_lines(lines: Sequence[str], review: Review | None) -> Iterator[SourceLine]:
    """Yields the lines of the submission."""
    for number, line in enumerate(highlighted(lines), 1):
        yield SourceLine(number, _with_threads(Content.assemble(_number(number), line), number, review))


def side_by_side(
    theirs: Sequence[str], other: Sequence[str], rows: Sequence[DiffRow], review: Review | None, width: int
) -> Iterator[SourceLine]:
    """Yields both sources side by side in `width` cells, with the submission on the left."""
    left, right = highlighted(theirs), highlighted(other)
    half = (width - 3) // 2
    for row in rows:
        left_cell = _cell(row.left, left, row.left_spans, row.kind, REMOVED, half)
        right_cell = _cell(row.right, right, row.right_spans, row.kind, ADDED, half)
        line = Content.assemble(left_cell, (" │ ", MUTED), right_cell)
        yield SourceLine(row.left, _with_threads(line, row.left, review))


def unified(
    theirs: Sequence[str], other: Sequence[str], rows: Sequence[DiffRow], review: Review | None
) -> Iterator[SourceLine]:
    """Yields a unified diff: "-" marks lines of the submission, "+" lines of the other source."""
    left, right = highlighted(theirs), highlighted(other)
    added: list[SourceLine] = []
    for row in rows:
        if row.kind in ("same", "removed") and added:
            yield from added
            added = []
        if row.left is not None:
            sign = " " if row.kind == "same" else "-"
            text = _marked(left[row.left - 1], row.left_spans, row.kind, REMOVED)
            style = MUTED if sign == " " else "$text-error"
            line = Content.assemble((f"{sign}{row.left:>4} ", style), text)
            yield SourceLine(row.left, _with_threads(line, row.left, review))
        if row.right is not None and row.kind != "same":
            text = _marked(right[row.right - 1], row.right_spans, row.kind, ADDED)
            added.append(SourceLine(None, Content.assemble(("+     ", "$text-success"), text)))
    yield from added


def _number(number: int | None) -> tuple[str, str]:
    return (f"{number:>4} " if number is not None else "     ", MUTED)


def _marked(line: Content, spans: Sequence[tuple[int, int]], kind: str, style: str) -> Content:
    if kind in ("removed", "added"):
        return line.stylize(style)
    for start, end in spans:
        line = line.stylize(style, start, end)
    return line


def _cell(
    number: int | None, lines: Sequence[Content], spans: Sequence[tuple[int, int]], kind: str, style: str, width: int
) -> Content:
    if number is None:
        return Content(" " * width)
    line = _marked(lines[number - 1], spans, kind, style)
    return Content.assemble(_number(number), line).truncate(width, ellipsis=True, pad=True)


def _with_threads(line: Content, number: int | None, review: Review | None) -> Content:
    """Returns a line with its threads below."""
    threads = review.on(number) if review is not None and number is not None else []
    return Content("\n").join([line, *(part for thread in threads for part in _thread(thread))])


def _thread(thread: Thread) -> Iterator[Content]:
    if thread.resolved_by is not None:
        count = plural(len(thread.comments), "comment")
        yield Content.styled(f"     ✓ {count}, resolved by {clean(thread.resolved_by)}", MUTED)
        return
    for comment in thread.comments:
        first = True
        for part in body(comment.text).split("\n", allow_blank=True):
            head = (f"{clean(comment.name)}: ", "bold $accent") if first else ""
            yield Content.assemble(("     ┃ ", "$accent"), head, part)
            first = False
