"""The board page: the hub's verdicts on the month's exercises, by member."""

from __future__ import annotations

from datetime import datetime

from rich.text import Text
from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import DataTable, Static

from cowork.rooms.assignments import Assignments, days_left
from cowork.rooms.base import Room
from cowork.rooms.board import Board, BoardExercise, BoardRow, Cell, build_board
from cowork.rooms.league import League
from tui.formatting import clean, due_in, plural
from tui.screens.cowork_pages.page import Page
from tui.widgets.cowork.table_cells import cell
from tui.widgets.updates import set_text

MAX_MEMBERS = 60
EMPTY_TEXT = (
    "Nothing has been handed in yet. When an exercise passes, you can hand it in to the hub; in Practice, ctrl+u "
    "hands in the current file."
)


class BoardPage(Page):
    """Shows a row per exercise and a column per member, starting with the learner."""

    TAB = "board"
    BINDINGS = [
        Binding("enter,o", "read", "Read", id="board.look", key_display="Enter", tooltip="Read the selected source"),
        Binding("a", "assign", "Assign", id="board.assign", tooltip="Assign exercises to the room, with a date"),
    ]
    table = main = getters.query_one("#board", DataTable)

    def __init__(self) -> None:
        super().__init__()
        self.board: Board | None = None
        self.rows: list[BoardRow] = []
        self._drawn: object = None

    def compose(self) -> ComposeResult:
        yield Static(EMPTY_TEXT, id="board-none", classes="none", markup=False)
        yield DataTable(id="board", fixed_columns=1, zebra_stripes=False)
        yield Static(id="board-detail", markup=False)

    def show_room(self, room: Room) -> None:
        people = {person.member: person.name for person in self.cowork.people if person.role != "guest"}
        if room[Assignments].open():
            people |= self.cowork.meanwhile.members.get(room.id, {})
        others = self.cowork.rooms.values()
        self.board = build_board(room, people, course=self.course_app.learner.course, elsewhere=others)
        self.rows = sorted(self.board.rows, key=lambda row: row.member != self.my_id)[:MAX_MEMBERS]
        self.table.display = bool(self.board.exercises)
        self.query_one("#board-none").display = not self.board.exercises
        self.today = datetime.fromtimestamp(self.cowork.now(), self.course_app.learner.clock().tzinfo).date()
        drawn = (self.board.exercises, self.rows, self.app.theme, self.today)
        if drawn != self._drawn:
            self._drawn = drawn
            self._draw()
        self._detail()

    def _draw(self) -> None:
        assert self.board is not None
        cursor, table = self.table.cursor_coordinate, self.table
        table.clear(columns=True)
        table.add_column("Exercise")
        for row in self.rows:
            table.add_column(cell(self.app, _short(clean(row.name))), key=row.member)
        for i, exercise in enumerate(self.board.exercises):
            title = cell(self.app, exercise.title, "" if exercise.level == "core" else "muted")
            if exercise.due is not None:
                title.append_text(cell(self.app, f"  {self._due(exercise)}", "accent"))
            table.add_row(title, *(self._cell(row.cells[i]) for row in self.rows), key=exercise.id)
        if self.board.assigned:
            counts = (cell(self.app, f"{row.assigned_passed}/{self.board.assigned}", bold=True) for row in self.rows)
            table.add_row(cell(self.app, "assigned", bold=True), *counts, key="assigned")
        totals = (cell(self.app, str(row.passed), bold=True) for row in self.rows)
        table.add_row(cell(self.app, "passed", bold=True), *totals, key="-")
        table.move_cursor(row=cursor.row, column=max(cursor.column, 1), animate=False)

    @on(DataTable.CellHighlighted)
    def _detail(self) -> None:
        """Describes the selected cell in words."""
        selected = self._selected()
        line = ""
        if selected is not None and self.board is not None:
            row, i = selected
            cell, exercise = row.cells[i], self.board.exercises[i]
            line = f"{clean(row.name)} · {exercise.title}: {self._words(cell)}{self._race(exercise.id, row.member)}"
            if exercise.due is not None:
                line += f" Due on {exercise.due} ({clean(exercise.zone or '')})."
            if (more := len(self.board.rows) - MAX_MEMBERS) > 0:
                line += f"  ({plural(more, 'member')} more: fromscratch cowork board)"
        set_text(self.query_one("#board-detail", Static), line)
        self.refresh_bindings()

    def _due(self, exercise: BoardExercise) -> str:
        """When an assigned exercise is due, such as "due in 3 days"."""
        room = self.room
        assignment = room[Assignments].of(exercise.id) if room is not None else None
        return due_in(days_left(assignment, self.cowork.now())) if assignment is not None else ""

    def _cell(self, entry: Cell) -> Text:
        pending = "…" if entry.waiting else ""
        if entry.state == "passed":
            return cell(self.app, "✓", "success", bold=True)
        return cell(self.app, f"·{entry.tries}{pending}" if entry.state == "tried" else pending, "warning")

    def _words(self, cell: Cell) -> str:
        pending = " A verdict is pending." if cell.waiting else ""
        if cell.state == "passed" and cell.passed_at is not None:
            moment = datetime.fromtimestamp(cell.passed_at, self.course_app.learner.clock().tzinfo)
            return f"passed on {moment.day} {moment:%B}, {plural(cell.tries, 'attempt')}."
        if cell.state == "tried":
            mistake = f" {clean(cell.mistake)}" if cell.mistake else ""
            return f"{plural(cell.tries, 'attempt')} so far.{mistake}{pending}"
        return "not handed in."

    def _race(self, exercise: str, member: str) -> str:
        """Returns the rank and the ratio of a member's best submission, where the exercise has a race."""
        rows = self.room[League].table(self.room, exercise) if self.room is not None else []
        own = next((row for row in rows if row.member == member), None)
        if own is None:
            return ""
        figure = f"{own.entry.ratio.median:.2f} times the reference's {own.entry.quantity}"
        return f" Race: rank {own.rank} of {len(rows)}, {figure}."

    def _selected(self) -> tuple[BoardRow, int] | None:
        place = self.table.cursor_coordinate
        inside = self.board is not None and place.row < len(self.board.exercises)
        return (self.rows[place.column - 1], place.row) if inside and 1 <= place.column <= len(self.rows) else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "read" and self.is_mounted:
            selected = self._selected() if self.board is not None else None
            return True if selected is not None and selected[0].cells[selected[1]].submission else None
        return action != "assign" or self.is_organiser

    @work(group="dialog", exclusive=True)
    async def action_assign(self) -> None:
        from cowork.time_zones import local_zone
        from tui.screens.assign import AssignDialog

        room, course = self.room, self.course_app.learner.course
        if room is None:
            return
        row = self.table.cursor_coordinate.row
        listed = self.board.exercises if self.board is not None else []
        selected = listed[row].id if row < len(listed) else ""
        shown = {exercise.id for exercise in listed} if room.month is not None else set()
        exercises = [exercise for exercise in course.exercises if not shown or exercise.id in shown]
        dialog = AssignDialog(room, exercises, selected, local_zone(), self.course_app.learner.clock().date())
        command = await self.app.push_screen_wait(dialog)
        if command is not None:
            await self.cowork.do(command, room.id)

    @on(DataTable.CellSelected)
    def _on_select(self) -> None:
        self.action_read()

    @work(group="dialog", exclusive=True)
    async def action_read(self) -> None:
        from tui.screens.review import open_source

        selected = self._selected()
        if selected is not None and (submission := selected[0].cells[selected[1]].submission) is not None:
            await open_source(self.course_app, submission)


def _short(name: str) -> str:
    return name if len(name) <= 12 else f"{name[:11]}…"
