"""A table of values as colours, with a cursor; only the part around the cursor is drawn if it does not fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.style import Style
from textual.widgets import Static

from tui.widgets.token_text import STEP_BINDINGS, StepKeys

STEPS = 20  # shades between no colour and the full one


@dataclass(frozen=True)
class Cell:
    """A cell's text and its heat from -1 to 1; negative heat has the other colour. `marked` cells are underlined."""

    text: str
    heat: float = 0.0
    marked: bool = False


@dataclass(frozen=True)
class Window:
    """The rows and columns that are drawn."""

    top: int
    bottom: int
    left: int
    right: int


class HeatMap(Static, can_focus=True):
    """Rows of cells under column labels. The arrow keys and clicks move the cursor."""

    DEFAULT_CSS = """
    HeatMap { height: 1fr; }
    """
    BINDINGS = [
        Binding("up", "move(-1, 0)", "Up", show=False),
        Binding("down", "move(1, 0)", "Down", show=False),
        Binding("left", "move(0, -1)", "Left", show=False),
        Binding("right", "move(0, 1)", "Right", show=False),
        Binding("pageup", "move(-10, 0)", "Page up", show=False),
        Binding("pagedown", "move(10, 0)", "Page down", show=False),
        Binding("home", "move(0, -10000)", "First column", show=False),
        Binding("end", "move(0, 10000)", "Last column", show=False),
    ]
    hot, cold = "$accent", "$success"
    whole_rows = False

    @dataclass
    class Moved(Message):
        """Posted when a key or a click moves the cursor."""

        row: int
        column: int

    @dataclass
    class Chosen(Message):
        """Posted when the cell at the cursor is clicked."""

        row: int
        column: int

    def __init__(
        self,
        *,
        cell_width: tuple[int, int],
        label_width: int = 10,
        id: str | None = None,
    ) -> None:
        """`cell_width` is the least and the greatest width of a cell: cells are as wide as all columns fit."""
        super().__init__(id=id)
        self.cell_widths, self.label_width = cell_width, label_width
        self.row_labels: list[str] = []
        self.column_labels: list[str] = []
        self.cells: list[list[Cell]] = []
        self.row = self.column = 0

    def show(
        self,
        row_labels: Sequence[str],
        column_labels: Sequence[str],
        cells: Sequence[Sequence[Cell]],
        cursor: tuple[int, int] | None = None,
    ) -> None:
        """Replaces the table. A row may have fewer cells than there are columns."""
        self.row_labels, self.column_labels = list(row_labels), list(column_labels)
        self.cells = [list(row) for row in cells]
        if cursor is not None:
            self.row, self.column = cursor
        self._clamp()
        self.draw()

    def clear(self) -> None:
        """Removes all rows."""
        self.show([], [], [])

    def move_to(self, row: int, column: int) -> None:
        """Moves the cursor without a message."""
        self.row, self.column = row, column
        self._clamp()
        self.draw()

    def _clamp(self) -> None:
        self.row = min(max(self.row, 0), max(len(self.cells) - 1, 0))
        width = len(self.cells[self.row]) if self.cells else 0
        self.column = min(max(self.column, 0), max(width - 1, 0))

    def action_move(self, rows: int, columns: int) -> None:
        self._go(self.row + rows, self.column + columns)

    def _go(self, row: int, column: int) -> None:
        before = self.row, self.column
        self.move_to(row, column)
        if before != (self.row, self.column):
            self.post_message(self.Moved(self.row, self.column))

    def on_resize(self) -> None:
        self.draw()

    def on_focus(self) -> None:
        self.draw()

    def on_blur(self) -> None:
        self.draw()

    def on_click(self, event: events.Click) -> None:
        place = event.style.meta.get("cell")
        if place is not None:
            event.stop()
            if tuple(place) == (self.row, self.column):
                self.post_message(self.Chosen(self.row, self.column))
            else:
                self._go(*place)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.action_move(1, 0)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.action_move(-1, 0)

    @property
    def cell_width(self) -> int:
        """The width of a cell, including the space after it."""
        least, greatest = self.cell_widths
        room = self.content_size.width - self.label_width - 1
        return min(max(room // max(len(self.column_labels), 1), least), greatest)

    def window(self) -> Window:
        """Returns the part of the table that fits, with the cursor in it."""
        rows = max(self.content_size.height - 2, 1)  # without the header and the line about what is left out
        columns = max((self.content_size.width - self.label_width - 1) // self.cell_width, 1)
        top = _start(self.row, rows, len(self.cells))
        left = _start(self.column, columns, len(self.column_labels))
        return Window(top, min(top + rows, len(self.cells)), left, min(left + columns, len(self.column_labels)))

    def draw(self) -> None:
        """Draws the part of the table around the cursor."""
        if not self.content_size.width or not self.cells:
            self.update("")
            return
        window = self.window()
        header = [Content(" " * (self.label_width + 1))]
        for column in range(window.left, window.right):
            style = "bold $accent" if column == self.column and not self.whole_rows else "$foreground-muted"
            header.append(Content.styled(_fit(self.column_labels[column], self.cell_width - 1) + " ", style))
        lines = [Content.assemble(*header)]
        lines += [self._draw_row(row, window) for row in range(window.top, window.bottom)]
        if left_out := self._left_out(window):
            lines.append(Content.styled(left_out, "$foreground-muted"))
        self.update(Content("\n").join(lines))

    def _draw_row(self, row: int, window: Window) -> Content:
        at_cursor = "bold reverse $accent" if self.whole_rows else "bold $accent"
        label_style = at_cursor if row == self.row else "$foreground-muted"
        parts: list[tuple[str, Style | str] | str] = [(_fit(self.row_labels[row], self.label_width), label_style), " "]
        for column in range(window.left, min(window.right, len(self.cells[row]))):
            cell = self.cells[row][column]
            is_cursor = row == self.row and column == self.column and not self.whole_rows
            style = Style.parse(self._style(cell, is_cursor) + (" bold" if row == self.row else ""))
            text = _fit(cell.text, self.cell_width - 1) + " "
            parts.append((text, style + Style.from_meta({"cell": (row, column)})))
        return Content.assemble(*parts)

    def _style(self, cell: Cell, is_cursor: bool) -> str:
        if is_cursor:
            return "bold reverse" if self.has_focus else "bold underline"
        share = round(min(abs(cell.heat), 1.0) * STEPS) * 100 // STEPS
        style = f"on {self.hot if cell.heat > 0 else self.cold} {share * 3 // 4}%" if share else "$foreground-muted"
        return f"{style} underline" if cell.marked else style

    def _left_out(self, window: Window) -> str:
        parts = []
        if window.bottom - window.top < len(self.cells):
            parts.append(f"rows {window.top + 1}–{window.bottom} of {len(self.cells)}")
        if window.right - window.left < len(self.column_labels):
            parts.append(f"columns {window.left + 1}–{window.right} of {len(self.column_labels)}")
        return f"{', '.join(parts)}: the arrow keys move on" if parts else ""


class HeatRows(StepKeys, HeatMap):
    """A heat map with the cursor on a whole row."""

    BINDINGS = STEP_BINDINGS
    whole_rows = True


def _start(cursor: int, size: int, total: int) -> int:
    """Returns the first index of a window of `size` that has the cursor near its middle."""
    return min(max(cursor - size // 2, 0), max(total - size, 0))


def _fit(text: str, width: int) -> str:
    """Pads or cuts a text to a number of cells."""
    content = Content(text).truncate(width, ellipsis=width > 3)
    return content.pad_right(width - content.cell_length).plain
