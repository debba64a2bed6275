"""The page of the board: the month's exercises by member, from the hub's verdicts."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from rich.text import Text
from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widget import Widget
from textual.widgets import DataTable, Static

from tui.formatting import clean, plural
from tui.screens.cowork_pages.page import Page
from tui.widgets.cowork.table_cells import cell
from tui.widgets.updates import set_text

if TYPE_CHECKING:
    from cowork.rooms.board import Board, BoardRow, Cell

MOST = 60  # members that have a column
NONE = (
    "Nothing was handed in here yet. When a check of yours passes, your source can go to the hub; in Practice, "
    "ctrl+u hands it in."
)


class BoardPage(Page):
    """A row an exercise, a column a member: oneself first."""

    TAB = "board"
    BINDINGS = [
        Binding("enter,o", "look", "Look", id="board.look", key_display="Enter", tooltip="Read the marked solution"),
    ]
    table = getters.query_one("#board", DataTable)

    def __init__(self) -> None:
        super().__init__(id="page-board", classes="page")
        self.board: Board | None = None
        self.rows: list[BoardRow] = []
        self._drawn: object = None

    def compose(self) -> ComposeResult:
        yield Static(NONE, id="board-none", classes="none", markup=False)
        yield DataTable(id="board", fixed_columns=1, zebra_stripes=False)
        yield Static(id="board-detail", markup=False)

    def show(self) -> None:
        from cowork.rooms.board import build_board

        room, me = self.room, self.cowork.me
        if room is None:
            return
        people = {one.member: one.name for one in self.cowork.people if one.role != "guest"}
        self.board = build_board(room, people, course=self.course_app.learner.course)
        own = me.id if me is not None else ""
        self.rows = sorted(self.board.rows, key=lambda row: row.member != own)[:MOST]
        self.table.display = bool(self.board.exercises)
        self.query_one("#board-none").display = not self.board.exercises
        drawn = (self.board.exercises, self.rows, self.app.theme)
        if drawn != self._drawn:
            self._drawn = drawn
            self._draw()
        self._detail()

    def _draw(self) -> None:
        assert self.board is not None
        place, table = self.table.cursor_coordinate, self.table
        table.clear(columns=True)
        table.add_column("Exercise")
        for row in self.rows:
            table.add_column(cell(self.app, _short(clean(row.name))), key=row.member)
        for i, exercise in enumerate(self.board.exercises):
            title = cell(self.app, exercise.title, "" if exercise.level == "core" else "muted")
            table.add_row(title, *(self._cell(row.cells[i]) for row in self.rows), key=exercise.id)
        totals = (cell(self.app, str(row.passed), bold=True) for row in self.rows)
        table.add_row(cell(self.app, "passed", bold=True), *totals, key="-")
        table.move_cursor(row=place.row, column=max(place.column, 1), animate=False)

    @property
    def main(self) -> Widget:
        return self.table

    @on(DataTable.CellHighlighted)
    def _detail(self) -> None:
        """Says in words what the marked cell says by a sign."""
        found = self._marked()
        line = ""
        if found is not None and self.board is not None:
            row, i = found
            cell, exercise = row.cells[i], self.board.exercises[i]
            line = f"{clean(row.name)} · {exercise.title}: {self._words(cell)}"
            if (more := len(self.board.rows) - MOST) > 0:
                line += f"  ({plural(more, 'member')} more: fromscratch cowork board)"
        set_text(self.query_one("#board-detail", Static), line)
        self.refresh_bindings()

    def _cell(self, one: Cell) -> Text:
        waits = "…" if one.waiting else ""
        if one.state == "passed":
            return cell(self.app, "✓", "success", bold=True)
        return cell(self.app, f"·{one.tries}{waits}" if one.state == "tried" else waits, "warning")

    def _words(self, cell: Cell) -> str:
        waits = " A verdict is on its way." if cell.waiting else ""
        if cell.state == "passed" and cell.passed_at is not None:
            moment = datetime.fromtimestamp(cell.passed_at, self.course_app.learner.clock().tzinfo)
            return f"passed on {moment.day} {moment:%B}, {plural(cell.tries, 'try', 'tries')}."
        if cell.state == "tried":
            mistake = f" {clean(cell.mistake)}" if cell.mistake else ""
            return f"{plural(cell.tries, 'try', 'tries')} so far.{mistake}{waits}"
        return "nothing handed in."

    def _marked(self) -> tuple[BoardRow, int] | None:
        place = self.table.cursor_coordinate
        inside = self.board is not None and place.row < len(self.board.exercises)
        return (self.rows[place.column - 1], place.row) if inside and 1 <= place.column <= len(self.rows) else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "look" and self.is_mounted:
            found = self._marked() if self.board is not None else None
            return True if found is not None and found[0].cells[found[1]].submission else None
        return True

    @on(DataTable.CellSelected)
    def _selected(self) -> None:
        self.action_look()

    @work(group="dialog", exclusive=True)
    async def action_look(self) -> None:
        from tui.screens.review import open_source

        found = self._marked()
        if found is not None and (submission := found[0].cells[found[1]].submission) is not None:
            await open_source(self.course_app, submission)


def _short(name: str) -> str:
    return name if len(name) <= 12 else f"{name[:11]}…"
