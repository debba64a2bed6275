"""Heat maps: a coloured cell for each number, readable without colours too."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from exercises.drawings import HeatMap
from tui.drawings.palette import Palette

MAX_ROW_LABEL, MAX_CELL = 14, 9
SHADES = " ░▒▓█"
HIDDEN = "·"


class HeatMapRenderable:
    """Draws a heat map as wide as the space allows; cells that are too narrow for a number show a shade."""

    def __init__(self, drawing: HeatMap, palette: Palette) -> None:
        self.drawing, self.palette = drawing, palette
        values = [value for row in drawing.values for value in row if value is not None]
        self.low, self.high = min(values, default=0.0), max(values, default=1.0)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        drawing, columns = self.drawing, len(self.drawing.values[0])
        label_width = min(max(map(cell_len, drawing.rows), default=0), MAX_ROW_LABEL)
        room = options.max_width - label_width - (1 if label_width else 0)
        number_width = self._number_width()
        width = max(1, min(room // columns, MAX_CELL, max([*map(cell_len, drawing.columns), number_width]) + 1))
        if drawing.columns and width > 1:
            yield self._header(label_width, width)
        for index, row in enumerate(drawing.values):
            label = drawing.rows[index] if drawing.rows else ""
            line = Text(no_wrap=True, overflow="crop")
            if label_width:
                line.append(f"{set_cell_size(_cut(label, label_width), label_width)} ", self.palette.muted)
            for value in row:
                self._append_cell(line, value, width, with_number=number_width < width)
            yield line

    def _header(self, label_width: int, width: int) -> Text:
        names = "".join(
            " " * (width - 1 - cell_len(name)) + _cut(name, width - 1) + " " for name in self.drawing.columns
        )
        return Text(" " * (label_width + 1 if label_width else 0) + names, self.palette.muted, no_wrap=True)

    def _append_cell(self, line: Text, value: float | None, width: int, with_number: bool) -> None:
        if value is None:
            line.append(HIDDEN.center(width), self.palette.muted)
            return
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        if with_number:
            line.append(self._number(value).rjust(width - 1) + " ", self.palette.heat(share))
        else:
            style = self.palette.heat(share)
            shade = SHADES[min(round(share * (len(SHADES) - 1)), len(SHADES) - 1)]
            # With colours the background hides the shade, which says the same without colours.
            line.append(shade * width, style.from_color(style.bgcolor, style.bgcolor))

    def _number(self, value: float) -> str:
        text = f"{value:.{self.drawing.digits}f}"
        return text.removeprefix("0") if text.startswith("0.") else text.replace("-0.", "-.", 1)

    def _number_width(self) -> int:
        numbers = (self._number(value) for row in self.drawing.values for value in row if value is not None)
        return max(map(cell_len, numbers), default=1)


def _cut(label: str, width: int) -> str:
    """Returns a label of at most that width, cut with "…" where it is longer."""
    return label if cell_len(label) <= width else f"{set_cell_size(label, width - 1)}…"
