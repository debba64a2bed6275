"""The break it page: submissions to attack, and the scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import DataTable, OptionList, Static
from textual.widgets.option_list import Option

from cowork.rooms.break_it import Attempts
from cowork.rooms.submissions import Submissions
from tui.formatting import clean
from tui.screens.cowork_pages.page import Page
from tui.widgets.cowork.entries import MUTED
from tui.widgets.cowork.table_cells import cell

if TYPE_CHECKING:
    from cowork.rooms.submissions import Submission

EMPTY_TEXT = (
    "No submissions yet. Once a member's source has a verdict, you can choose an input for it here: the hub runs "
    "their code and the reference on it and compares the results."
)
MAX_ROWS = 200


class BreakItPage(Page):
    """Lists each member's first pass of an exercise, else the latest attempt; the learner's own come last."""

    TAB = "breaks"
    BINDINGS = [
        Binding("enter,o", "attempt", "Break it", id="breaks.try", key_display="Enter", tooltip="Choose an input"),
    ]  # fmt: skip
    targets = getters.query_one("#targets", OptionList)

    def __init__(self) -> None:
        super().__init__(id="page-breaks", classes="page")
        self._drawn: list[tuple[str, Content]] = []
        self._table: object = None

    def compose(self) -> ComposeResult:
        yield Static(EMPTY_TEXT, id="breaks-none", classes="none", markup=False)
        with Horizontal(id="breaks-both"):
            yield OptionList(id="targets", classes="list", markup=False)
            yield DataTable(id="who-broke", cursor_type="none", zebra_stripes=False)

    def show(self) -> None:
        room = self.room
        if room is None:
            return
        rows = [(submission.id, self._row(submission)) for submission in self._targets()]
        self.query_one("#breaks-none").display = not rows
        self.query_one("#breaks-both").display = bool(rows)
        if rows != self._drawn:
            self._drawn = rows
            option = self.targets.highlighted_option
            selected = option.id if option is not None else None
            self.targets.set_options(Option(content, id=id) for id, content in rows)
            ids = [id for id, _ in rows]
            self.targets.highlighted = ids.index(selected) if selected in ids else 0 if ids else None
        self._draw_table()
        self.refresh_bindings()

    def _targets(self) -> list[Submission]:
        from exercises import inputs

        room, me = self.room, self.cowork.me
        assert room is not None
        best: dict[tuple[str, str], Submission] = {}
        for submission in room[Submissions].all.values():
            known = best.get((submission.by, submission.exercise))
            if submission.outcome is not None and (known is None or known.outcome != "passed"):
                best[submission.by, submission.exercise] = submission
        my_id = me.id if me is not None else ""
        exercises = {exercise.id: exercise for exercise in self.course_app.learner.course.exercises}
        probed = {id for id, exercise in exercises.items() if inputs.probes(exercise)}
        targets = [submission for submission in best.values() if submission.exercise in probed]
        return sorted(targets, key=lambda submission: (submission.by == my_id, -submission.at))[:MAX_ROWS]

    def _row(self, submission: Submission) -> Content:
        room, me = self.room, self.cowork.me
        assert room is not None
        passed = submission.outcome == "passed"
        stood, tried = room[Attempts].survival(submission.id)
        score = f"survived {stood} of {tried}" if tried else "no attempts yet"
        name = (
            f"{clean(submission.name)} (you)" if me is not None and submission.by == me.id else clean(submission.name)
        )
        return Content.assemble(
            ("✓ " if passed else "◐ ", "$text-success" if passed else "$text-warning"),
            (name, "bold"), f"  {submission.exercise}  ", (score, "$text-error" if stood < tried else MUTED),
        )  # fmt: skip

    def _draw_table(self) -> None:
        room = self.room
        assert room is not None
        rows = [
            (score.name, score.broke, score.stood, score.fell) for score in room[Attempts].scores(room[Submissions].all)
        ]
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

    @property
    def main(self) -> Widget:
        return self.targets

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "attempt" and self.is_mounted:
            return True if self.targets.highlighted is not None else None
        return True

    @on(OptionList.OptionSelected)
    def _on_select(self) -> None:
        self.action_attempt()

    def action_attempt(self) -> None:
        from tui.screens.break_it_input import BreakItDialog

        option, room = self.targets.highlighted_option, self.room
        if option is not None and option.id is not None and room is not None:
            self.app.push_screen(BreakItDialog(room[Submissions].all[option.id]))
