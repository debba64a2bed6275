"""Turns drawings into rich renderables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from rich import box
from rich.bar import Bar
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table as RichTable
from rich.text import Text
from rich.tree import Tree as RichTree

from exercises.drawings import AnyDrawing, Bars, Cell, Curves, HeatMap, Node, Note, Table, Tokens, Tree, visible
from tui.drawings.heat_map import HeatMapRenderable
from tui.drawings.palette import Palette
from tui.line_plot import COLOURS, plot

MAX_BAR, MAX_PLOT = 60, 100  # columns
PLOT_HEIGHT = 16


def rendered(drawing: AnyDrawing, palette: Palette) -> RenderableType:
    """Returns a drawing with its title above and its caption below."""
    return Group(heading(drawing, palette), _body(drawing, palette), caption(drawing, palette))


def heading(drawing: AnyDrawing, palette: Palette) -> Text:
    """Returns the title of a drawing and, where it has a y axis, that axis's name."""
    name = f"\n{drawing.y}" if isinstance(drawing, Curves) and drawing.y else ""
    return Text.assemble((drawing.title, f"bold {palette.accent}"), (name, palette.muted))


def caption(drawing: AnyDrawing, palette: Palette) -> Text:
    """Returns the caption of a drawing."""
    return Text(drawing.caption, palette.muted)


def _body(drawing: AnyDrawing, palette: Palette) -> RenderableType:
    match drawing:
        case Note():
            return Text(drawing.text)
        case Tokens():
            return TokensRenderable(drawing, palette)
        case Table():
            return _table(drawing, palette)
        case Bars():
            return _bars(drawing, palette)
        case Curves():
            return CurvesRenderable(drawing, palette)
        case HeatMap():
            return HeatMapRenderable(drawing, palette)
        case Tree():
            return _tree(drawing.root, RichTree(Text(drawing.root.label, palette.accent), guide_style=palette.border))


class TokensRenderable:
    """Draws tokens in alternating colours, separated by bars, each above its label."""

    def __init__(self, drawing: Tokens, palette: Palette) -> None:
        self.pieces = [visible(piece) for piece in drawing.pieces]
        self.labels, self.palette = drawing.labels, palette

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for start, end in self._lines(options.max_width):
            above, below = Text(no_wrap=True, overflow="crop"), Text(no_wrap=True, overflow="crop")
            for index in range(start, end):
                width = self._width(index)
                piece = self.pieces[index]
                above.append(piece + " " * (width - cell_len(piece)), self.palette.lines[index % 2])
                above.append("│", self.palette.border)
                if self.labels:
                    label = self.labels[index]
                    below.append(label + " " * (width + 1 - cell_len(label)), self.palette.muted)
            yield above
            if self.labels:
                yield below

    def _width(self, index: int) -> int:
        return max(cell_len(self.pieces[index]), cell_len(self.labels[index]) if self.labels else 0)

    def _lines(self, width: int) -> Iterator[tuple[int, int]]:
        """Yields the range of tokens of each line."""
        starts, used = [0], 0
        for index in range(len(self.pieces)):
            needed = self._width(index) + 1
            if used and used + needed > width:
                starts.append(index)
                used = 0
            used += needed
        yield from pairwise([*starts, len(self.pieces)])


class CurvesRenderable:
    """Draws curves as wide as the space allows."""

    def __init__(self, drawing: Curves, palette: Palette) -> None:
        self.drawing, self.palette = drawing, palette

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = {name: points for name, points in self.drawing.lines.items() if points}
        content = plot(lines, self.drawing.x, min(options.max_width, MAX_PLOT), PLOT_HEIGHT)
        colours = dict(zip(COLOURS, self.palette.lines, strict=True))
        colours |= {"$foreground-muted": self.palette.muted, "$border": self.palette.border}
        text = Text(content.plain, no_wrap=True, overflow="crop")
        for span in content.spans:
            text.stylize(colours.get(str(span.style), ""), span.start, span.end)
        yield text


def _table(drawing: Table, palette: Palette) -> RichTable:
    table = RichTable(
        box=box.SIMPLE_HEAD, border_style=palette.border, header_style="bold", show_edge=False, pad_edge=False
    )
    for index, name in enumerate(drawing.header):
        numeric = all(isinstance(row[index], int | float) for row in drawing.rows)
        table.add_column(Text(name), justify="right" if numeric else "left", overflow="fold")
    for row in drawing.rows:
        table.add_row(*(Text(_cell(cell)) for cell in row))
    return table


def _cell(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case float():
            return figure(cell)
        case int():
            return f"{cell:,}"
    return cell


def _bars(drawing: Bars, palette: Palette) -> RichTable:
    """Draws bars from 0 to the right, or on both sides of 0 where a value is negative."""
    low, high = min([*drawing.values, 0.0]), max([*drawing.values, 0.0])
    across = (high - low) or 1.0
    table = RichTable(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 0), expand=True)
    table.add_column(justify="left", overflow="fold", max_width=24)
    table.add_column(ratio=1)
    table.add_column(justify="right", no_wrap=True)
    for index, (label, value) in enumerate(zip(drawing.labels, drawing.values, strict=True)):
        faded = index in drawing.faded
        begin, end = sorted((-low, value - low))
        colour = palette.muted if faded else palette.primary
        bar = Bar(across, begin, end, color=colour, bgcolor=palette.background)
        style = palette.muted if faded else ""
        table.add_row(Text(label, style), bar, Text(f"{figure(value)}{drawing.unit}", palette.muted))
    return table


def _tree(node: Node, branch: RichTree) -> RichTree:
    for child in node.children:
        _tree(child, branch.add(Text(child.label)))
    return branch


def figure(value: float) -> str:
    """Formats a number with four significant digits: "0.25", "12,300", "1.2e-05"."""
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return (
        f"{value:,.4g}" if 1e-3 <= abs(value) < 1e4 else f"{value:,.0f}" if 1e4 <= abs(value) < 1e15 else f"{value:.2g}"
    )


def group(drawings: Sequence[AnyDrawing], palette: Palette) -> RenderableType:
    """Returns all drawings below each other, with an empty line between two."""
    parts: list[RenderableType] = []
    for drawing in drawings:
        parts += [Text(""), rendered(drawing, palette)] if parts else [rendered(drawing, palette)]
    return Group(*parts)
