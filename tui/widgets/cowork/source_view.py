"""A source with comments at its lines; beside it, or woven into it, another to compare with. Made of data alone."""

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

GONE, CAME = "on $error 20%", "on $success 20%"


@dataclass(frozen=True)
class Line:
    """A line to draw; `number` is the snapshot's, from 1, None where the other source alone has it."""

    number: int | None
    content: Content


def coloured(lines: Sequence[str]) -> list[Content]:
    """The lines of a Python source in colour."""
    drawn = python_code("\n".join(lines)).split("\n", allow_blank=True)
    return drawn if len(drawn) == len(lines) else [Content(line) for line in lines]


def plain(lines: Sequence[str], review: Review | None) -> Iterator[Line]:
    """The snapshot alone."""
    for number, line in enumerate(coloured(lines), 1):
        yield Line(number, _with(Content.assemble(_number(number), line), number, review))


def beside(
    theirs: Sequence[str], other: Sequence[str], rows: Sequence[DiffRow], review: Review | None, width: int
) -> Iterator[Line]:
    """Both, side by side in `width` cells: the snapshot on the left."""
    left, right = coloured(theirs), coloured(other)
    half = (width - 3) // 2
    for row in rows:
        one = _cell(row.left, left, row.left_spans, row.kind, GONE, half)
        two = _cell(row.right, right, row.right_spans, row.kind, CAME, half)
        line = Content.assemble(one, (" │ ", MUTED), two)
        yield Line(row.left, _with(line, row.left, review))


def woven(
    theirs: Sequence[str], other: Sequence[str], rows: Sequence[DiffRow], review: Review | None
) -> Iterator[Line]:
    """Both in one column: "-" what the snapshot alone has, "+" what the other alone has."""
    left, right = coloured(theirs), coloured(other)
    late: list[Line] = []
    for row in rows:
        if row.kind in ("same", "removed") and late:
            yield from late
            late = []
        if row.left is not None:
            sign = " " if row.kind == "same" else "-"
            text = _marked(left[row.left - 1], row.left_spans, row.kind, GONE)
            style = MUTED if sign == " " else "$text-error"
            line = Content.assemble((f"{sign}{row.left:>4} ", style), text)
            yield Line(row.left, _with(line, row.left, review))
        if row.right is not None and row.kind != "same":
            text = _marked(right[row.right - 1], row.right_spans, row.kind, CAME)
            late.append(Line(None, Content.assemble(("+     ", "$text-success"), text)))
    yield from late


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


def _with(line: Content, number: int | None, review: Review | None) -> Content:
    """A line with the threads about it below."""
    threads = review.on(number) if review is not None and number is not None else []
    return Content("\n").join([line, *(part for thread in threads for part in _thread(thread))])


def _thread(thread: Thread) -> Iterator[Content]:
    if thread.resolved_by is not None:
        said = plural(len(thread.comments), "comment")
        yield Content.styled(f"     ✓ {said}, settled by {clean(thread.resolved_by)}", MUTED)
        return
    for comment in thread.comments:
        first = True
        for part in body(comment.text).split("\n", allow_blank=True):
            head = (f"{clean(comment.name)}: ", "bold $accent") if first else ""
            yield Content.assemble(("     ┃ ", "$accent"), head, part)
            first = False
