"""The break it page: submissions to attack, and the scores."""

from __future__ import annotations

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import DataTable, OptionList, Static

from cowork.rooms.base import Room
from cowork.rooms.break_it import Attempts
from cowork.rooms.submissions import Submission, Submissions
from exercises import inputs
from tui.formatting import clean
from tui.screens.cowork_pages.page import ListPage
from tui.widgets.cowork.entries import MUTED
from tui.widgets.cowork.table_cells import cell

EMPTY_TEXT = (
    "No submissions yet. Once a member's source has a verdict, you can choose an input for it here: the hub runs "
    "their code and the reference on it and compares the results."
)
MAX_ROWS = 200


class BreakItPage(ListPage):
    """Lists each member's first pass of an exercise, else the latest attempt; the learner's own come last."""

    TAB = "breaks"
    BINDINGS = [
        Binding("enter,o", "attempt", "Break it", id="breaks.try", key_display="Enter", tooltip="Choose an input"),
    ]  # fmt: skip
    main = getters.query_one("#targets", OptionList)

    def __init__(self) -> None:
        super().__init__()
        self._table: object = None

    def compose(self) -> ComposeResult:
        yield Static(EMPTY_TEXT, id="breaks-none", classes="none", markup=False)
        with Horizontal(id="breaks-both"):
            yield OptionList(id="targets", classes="list", markup=False)
            yield DataTable(id="who-broke", cursor_type="none", zebra_stripes=False)

    def show_room(self, room: Room) -> None:
        rows = [(submission.id, self._row(room, submission)) for submission in self._targets(room)]
        self.query_one("#breaks-none").display = not rows
        self.query_one("#breaks-both").display = bool(rows)
        self.show_rows(rows)
        self._draw_table(room)
        self.refresh_bindings()

    def _targets(self, room: Room) -> list[Submission]:
        best: dict[tuple[str, str], Submission] = {}
        for submission in room[Submissions].all.values():
            known = best.get((submission.by, submission.exercise))
            public = submission.outcome is not None and not submission.private
            if public and (known is None or known.outcome != "passed"):
                best[submission.by, submission.exercise] = submission
        exercises = {exercise.id: exercise for exercise in self.course_app.learner.course.exercises}
        probed = {id for id, exercise in exercises.items() if inputs.probes(exercise)}
        targets = [submission for submission in best.values() if submission.exercise in probed]
        return sorted(targets, key=lambda submission: (submission.by == self.my_id, -submission.at))[:MAX_ROWS]

    def _row(self, room: Room, submission: Submission) -> Content:
        passed = submission.outcome == "passed"
        stood, tried = room[Attempts].survival(submission.id)
        score = f"survived {stood} of {tried}" if tried else "no attempts yet"
        name = f"{clean(submission.name)}{' (you)' * (submission.by == self.my_id)}"
        return Content.assemble(
            ("✓ " if passed else "◐ ", "$text-success" if passed else "$text-warning"),
            (name, "bold"), f"  {submission.exercise}  ", (score, "$text-error" if stood < tried else MUTED),
        )  # fmt: skip

    def _draw_table(self, room: Room) -> None:
        scores = room[Attempts].scores(room[Submissions].all)
        rows = [(score.name, score.broke, score.stood, score.fell) for score in scores]
        if (rows, self.app.theme) == self._table:
            return
        self._table = rows, self.app.theme
        table = self.query_one("#who-broke", DataTable)
        table.clear(columns=True)
        table.display = bool(rows)
        table.add_columns("", "broke", "survived", "broken")
        for name, broke, stood, fell in rows[:MAX_ROWS]:
            shown = cell(self.app, clean(name)[:16], bold=True)
            table.add_row(shown, *(cell(self.app, str(n) if n else "") for n in (broke, stood, fell)))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "attempt" and self.is_mounted:
            return True if self.selected_id is not None else None
        return True

    @on(OptionList.OptionSelected)
    def _on_select(self) -> None:
        self.action_attempt()

    def action_attempt(self) -> None:
        from tui.screens.break_it_input import BreakItDialog

        if self.selected_id is not None and self.room is not None:
            self.app.push_screen(BreakItDialog(self.room[Submissions].all[self.selected_id]))
