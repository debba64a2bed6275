"""The dialog that races an exercise's file against the reference."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from engine.errors import EngineError
from exercises.exercise import Exercise
from grader.errors import GraderError
from grader.parts import own_parts_of
from grader.race_result import RaceResult
from learner.errors import WorkspaceError
from tui.app_types import CourseAppMixin
from tui.background import start
from tui.race_words import default_rounds, result_lines
from tui.widgets.footer import KeyBar
from tui.widgets.updates import set_text


class RaceDialog(CourseAppMixin, ModalScreen[None]):
    """Checks the learner's file, races it, and shows the figures. Closing the dialog ends the race."""

    CSS_PATH = "dialogs.tcss"
    AUTO_FOCUS = "#paper"
    BINDINGS = [
        Binding("r", "again", "Again", id="race.again", tooltip="Read your file and race it again"),
        Binding("escape,q", "app.pop_screen", "Close", id="race.close", key_display="Esc", tooltip="End the race"),
    ]

    def __init__(self, exercise: Exercise) -> None:
        super().__init__()
        self.exercise = exercise

    def compose(self) -> ComposeResult:
        with Vertical(id="sheet"):
            yield Static(f"Race: {self.exercise.title}", classes="heading", markup=False)
            with VerticalScroll(id="paper"):
                yield Static(id="message", markup=False)
            yield KeyBar()

    def on_mount(self) -> None:
        self.action_again()

    def action_again(self) -> None:
        start(self, self._race, "race")

    async def _race(self) -> None:
        grader, workspace = self.course_app.grader, self.course_app.learner.workspace
        self._show(f"{self.exercise.race_task}\n\n● Checking your file…")
        try:
            source = workspace.read(self.exercise)
            verdict = await grader.check(self.exercise, source, None, own_parts_of(workspace, self.exercise))
            if not verdict.passed:
                self._show("Your file does not pass the checks, so it does not count in a race. Press Esc to mend it.")
                return
            rounds = default_rounds(self.exercise)
            self._show_round(0, rounds)
            result = await grader.race(self.exercise, source, rounds, lambda number: self._show_round(number, rounds))
        except (WorkspaceError, GraderError, EngineError) as error:
            self._show(str(error))
            return
        self._show_result(result)

    def _show_round(self, number: int, rounds: int) -> None:
        self._show(f"{self.exercise.race_task}\n\n● Yours and the reference, in turn: round {number} of {rounds}")

    def _show_result(self, result: RaceResult) -> None:
        self._show("\n\n".join(line.strip() for line in result_lines(result)))

    def _show(self, text: str) -> None:
        set_text(self.query_one("#message", Static), text)
