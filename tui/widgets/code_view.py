"""Draws Python sources: alone, side by side or as a unified diff, with long lines wrapped instead of cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from typing import TYPE_CHECKING

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from tui.widgets.highlight import python_code

if TYPE_CHECKING:
    from cowork.diff import DiffRow

MUTED = "$foreground-muted"
REMOVED, ADDED = "on $error 20%", "on $success 20%"
NUMBER_WIDTH = 5


@dataclass(frozen=True)
class SourceLine:
    """A line on the screen; `number` is its number in the left source, or None if only the other source has it."""

    number: int | None
    content: Content


class CodeView(Widget):
    """Shows lines of code that `draw` fits to a width."""

    DEFAULT_CSS = """
    CodeView { width: 1fr; height: auto; }
    """

    def __init__(self, draw: Callable[[int], Content]) -> None:
        super().__init__()
        self.draw = cache(draw)

    def show(self, draw: Callable[[int], Content]) -> None:
        """Shows different lines."""
        self.draw = cache(draw)
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return self.draw(width).plain.count("\n") + 1

    def render(self) -> Content:
        return self.draw(self.content_size.width)


def highlighted(lines: Sequence[str]) -> list[Content]:
    """Returns the highlighted lines of a Python source."""
    content = python_code("\n".join(lines)).split("\n", allow_blank=True)
    return content if len(content) == len(lines) else [Content(line) for line in lines]


def wrapped(line: Content, width: int) -> list[Content]:
    """Returns a line in pieces of at most `width` characters; continuation lines are indented further."""
    rows: list[Content] = []
    indent = min(len(line.plain) - len(line.plain.lstrip()) + 4, width // 2)
    while len(line.plain) > width:
        text, halfway = line.plain, max(indent + 1, width // 2)
        breaks = (i for i in range(width, halfway, -1) if text[i] == " " or text[i - 1] in "([,=")
        end = next(breaks, width)
        rows.append(line[:end].rstrip())
        rest = line[end:]
        line = Content.assemble(" " * indent, rest[len(rest.plain) - len(rest.plain.lstrip()) :])
    return [*rows, line]


def wrapped_lines(lines: Sequence[Content], width: int) -> Content:
    """Returns lines as one text that fits the width."""
    return Content("\n").join([row for line in lines for row in wrapped(line, width)])


def numbered(number: int | None, line: Content) -> Content:
    """Returns a line with its number in front."""
    return Content.assemble((f"{number:>4} " if number is not None else " " * NUMBER_WIDTH, MUTED), line)


def side_by_side(
    left: Sequence[str], right: Sequence[str], rows: Sequence[DiffRow], width: int
) -> Iterator[SourceLine]:
    """Yields both sources side by side in `width` cells."""
    lefts, rights = highlighted(left), highlighted(right)
    half = (width - 3) // 2
    blank = Content(" " * half)
    for row in rows:
        cells = zip_longest(
            _cell(row.left, lefts, row.left_spans, row.kind, REMOVED, half),
            _cell(row.right, rights, row.right_spans, row.kind, ADDED, half),
            fillvalue=blank,
        )
        lines = [Content.assemble(cell, (" │ ", MUTED), other) for cell, other in cells]
        yield SourceLine(row.left, Content("\n").join(lines))


def unified(left: Sequence[str], right: Sequence[str], rows: Sequence[DiffRow], width: int) -> Iterator[SourceLine]:
    """Yields a unified diff in `width` cells: "-" marks lines of the left source, "+" lines of the right one."""
    lefts, rights = highlighted(left), highlighted(right)
    added: list[SourceLine] = []
    for row in rows:
        if row.kind in ("same", "removed") and added:
            yield from added
            added = []
        if row.left is not None:
            sign = " " if row.kind == "same" else "-"
            text = _marked(lefts[row.left - 1], row.left_spans, row.kind, REMOVED)
            style = MUTED if sign == " " else "$text-error"
            yield SourceLine(row.left, _signed((f"{sign}{row.left:>4} ", style), text, width))
        if row.right is not None and row.kind != "same":
            text = _marked(rights[row.right - 1], row.right_spans, row.kind, ADDED)
            added.append(SourceLine(None, _signed(("+     ", "$text-success"), text, width)))
    yield from added


def _signed(sign: tuple[str, str], line: Content, width: int) -> Content:
    first, *others = wrapped(line, max(width - len(sign[0]), 20))
    rows = [Content.assemble(sign, first), *(Content.assemble(" " * len(sign[0]), row) for row in others)]
    return Content("\n").join(rows)


def _marked(line: Content, spans: Sequence[tuple[int, int]], kind: str, style: str) -> Content:
    if kind in ("removed", "added"):
        return line.stylize(style)
    for start, end in spans:
        line = line.stylize(style, start, end)
    return line


def _cell(
    number: int | None, lines: Sequence[Content], spans: Sequence[tuple[int, int]], kind: str, style: str, width: int
) -> list[Content]:
    if number is None:
        return []
    rows = wrapped(_marked(lines[number - 1], spans, kind, style), width - NUMBER_WIDTH)
    cells = [numbered(None if i else number, row) for i, row in enumerate(rows)]
    return [cell.truncate(width, ellipsis=True, pad=True) for cell in cells]
