"""A return from memory: the time that is left, the checks of its file, and afterwards a question on one's mistakes."""

from __future__ import annotations

from textual import getters, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from engine.client import EngineError
from exercises.exercise import Exercise
from grader.check import GraderError
from grader.verdict import CheckPlan, Event, Verdict
from learner import from_memory
from learner.errors import LearnerError
from learner.returns import Return
from learner.watch import watch_files
from tui.app_types import CourseAppMixin
from tui.background import start
from tui.checking import CheckState
from tui.formatting import OUTCOME_WORDS, plural, short_path
from tui.open_in_editor import available_editor, edit
from tui.recall_check import check_return, without_help
from tui.recall_words import clock_text, result_text
from tui.widgets import result_cards
from tui.widgets.check_list import CheckList
from tui.widgets.footer import KeyBar
from tui.widgets.question_panel import QuestionPanel
from tui.widgets.result_cards import key
from tui.widgets.updates import set_text

TICK = 0.5  # seconds
LATE = 60  # seconds before the end, from which on the timer is highlighted

RULES = (
    "There are no hints, and no mistake is named before the end. When the time is over, your file stays and you can "
    "finish it. The file of your first pass is not changed."
)


class ReturnScreen(CourseAppMixin, ModalScreen[None]):
    """Shows a return. The time runs on while the screen is closed, and the learner can finish the file after it."""

    CSS_PATH = ["dialogs.tcss", "recall.tcss"]
    AUTO_FOCUS = "#page"
    BINDINGS = [
        Binding("e", "edit", "Edit", id="return.edit", tooltip="Open the file in your editor"),
        Binding("r", "recheck", "Check", id="return.check", tooltip="Check the current file"),
        Binding("x", "stop", "Stop", id="return.stop", tooltip="End the return; it then counts as not recalled"),
        Binding("n", "next", "Next", id="return.next", tooltip="Go to the next question"),
        Binding("escape,q", "app.pop_screen", "Close", id="return.close", key_display="Esc",
                tooltip="Close; the time runs on, and the file stays"),
    ]  # fmt: skip
    strip = getters.query_one("#strip", Static)
    card = getters.query_one("#card", Static)
    questions = getters.query_one(QuestionPanel)
    editing = False

    def __init__(self, exercise: Exercise, started: Return) -> None:
        super().__init__()
        self.exercise = exercise
        self.started = started
        self.check = CheckState(exercise, "fresh")
        self._was_open = True

    def compose(self) -> ComposeResult:
        with Vertical(id="sheet"):
            title = f"{self.exercise.title}, from memory"
            yield Horizontal(Static(title, classes="heading", markup=False), Static(id="timer"), classes="top")
            yield Static(id="strip", markup=False)
            with VerticalScroll(id="page"):
                yield QuestionPanel()
                yield Static(id="card")
                yield CheckList()
            yield KeyBar()

    def on_mount(self) -> None:
        self.course_app.grader.expect(self.exercise)
        self.set_interval(TICK, self._tick)
        start(self, self._watch, "watch return")
        self._draw()

    @property
    def is_open(self) -> bool:
        return self.started.state(self.course_app.learner.clock()) == "open"

    def _tick(self) -> None:
        self._draw_time()
        if self._was_open and not self.is_open:
            self._draw()

    def _read(self) -> None:
        """Reads the return again: a second program may have ended it."""
        learner = self.course_app.learner
        try:
            returns = learner.progress.returns(self.exercise.id)
        except LearnerError:
            return
        self.started = next((known for known in returns if known.number == self.started.number), self.started)

    def _draw_time(self) -> None:
        if self._was_open:
            self._read()
        left = self.started.seconds_left(self.course_app.learner.clock())
        timer = self.query_one("#timer", Static)
        timer.set_class(left <= LATE, "-late")
        set_text(timer, clock_text(left) if self.is_open else "ended")

    def _draw(self) -> None:
        self._draw_time()
        self._was_open = self.is_open
        self.query_one(CheckList).show(self.check)
        if self._was_open:
            self._draw_open()
        else:
            self._draw_ended()
        self.card.display = bool(str(self.card.content))
        self.refresh_bindings()

    def _draw_open(self) -> None:
        verdict = self.check.verdict
        if self.check.phase == "done" and verdict is not None:
            passed = sum(check.outcome == "passed" for check in verdict.checks)
            count = f": {passed} of {plural(len(verdict.checks), 'check')} pass" if passed else ""
            self._set_strip(
                "failed", f"✗ {OUTCOME_WORDS[verdict.outcome].capitalize()}{count}. Edit the file and save."
            )
            set_text(self.card, result_cards.diagnosis(without_help(verdict)))
        elif not self._draw_unsettled():
            learner = self.course_app.learner
            editor = available_editor(self.app, learner.settings.editor)
            path = short_path(from_memory.path_of(learner.workspace, self.started))
            self._set_strip("fresh", f"{self.exercise.summary} Saving the file checks it.")
            opens = (key("e"), f"  opens it in {editor.name}") if editor else ("Open it in any editor.",)
            set_text(self.card, Content.assemble(("Your empty stub:\n", "bold"), path, "\n\n", *opens, "\n\n", RULES))

    def _draw_ended(self) -> None:
        learner = self.course_app.learner
        memory = next((known for known in learner.memories() if known.exercise is self.exercise), None)
        if not self._draw_unsettled() and memory is not None:
            text = result_text(self.started, memory, learner.clock())
            self._set_strip("passed" if self.started.passed else "failed", text)
        verdict = self.check.verdict if self.check.phase == "done" else None
        passed = Content.styled("✓ All checks pass.", "$text-success")
        set_text(self.card, passed if verdict and verdict.passed else _diagnosis(verdict))
        if self.questions.question is None:
            self.action_next()

    def _draw_unsettled(self) -> bool:
        """Shows a check that runs or could not run; returns False if there is none."""
        match self.check.phase:
            case "waiting" | "running":
                done = len(self.check.ended)
                self._set_strip("running", f"● Checking… {done} of {max(len(self.check.planned), done)}")
            case "fault":
                self._set_strip("failed", "The check could not run. Press r to try again.")
                set_text(self.card, result_cards.fault(self.check.message))
            case _:
                return False
        return True

    def _set_strip(self, status: str, text: str) -> None:
        self.strip.set_classes(f"-{status}")
        set_text(self.strip, text)

    # Checks

    async def _watch(self) -> None:
        path = from_memory.path_of(self.course_app.learner.workspace, self.started)
        try:
            async for _ in watch_files(path.parent, {self.exercise: path}):
                self.action_recheck()
        except (OSError, RuntimeError) as error:
            text = f"Cannot watch your file: {error}. After a save, press r."
            self.notify(text, severity="warning", markup=False, timeout=20)

    def action_recheck(self) -> None:
        if not self.course_app.grader.engine.ready.is_set():
            start(self.app, self.course_app.start_engine, "engine")
        start(self, self._check, "check return")

    async def _check(self) -> None:
        learner = self.course_app.learner
        planned: tuple[tuple[str, str], ...] = ()
        self._show(CheckState(self.exercise, "waiting", verdict=self.check.verdict))

        def on_event(event: Event) -> None:
            nonlocal planned
            if isinstance(event, CheckPlan):
                planned = tuple(event.names)
                self._show(CheckState(self.exercise, "running", planned))

        try:
            verdict, self.started = await check_return(
                self.course_app.grader, learner.workspace, learner.progress, self.exercise, self.started,
                learner.clock, on_event,
            )  # fmt: skip
        except (LearnerError, EngineError, GraderError) as error:
            self._show(CheckState(self.exercise, "fault", message=str(error)))
            return
        self._show(CheckState(self.exercise, "done", planned, verdict=verdict))

    def _show(self, check: CheckState) -> None:
        self.check = check
        if self.is_mounted:
            self._draw()

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "stop":
            return self.is_open
        if action == "next":
            return self.is_mounted and not self.is_open and self._has_next()
        return True

    def _has_next(self) -> bool:
        answered = self.questions.question is not None and self.questions.chosen is not None
        return answered and bool(self.course_app.learner.progress.open_questions(self.exercise, self.started))

    def action_next(self) -> None:
        try:
            pending = self.course_app.learner.progress.open_questions(self.exercise, self.started)
        except LearnerError:
            pending = []
        if pending:
            self.questions.ask(pending[0], self.started.number)

    def on_question_panel_answered(self, event: QuestionPanel.Answered) -> None:
        progress = self.course_app.learner.progress
        try:
            progress.record_answer(self.exercise, self.started, event.question, event.choice)
        except LearnerError as error:
            self.notify(str(error), severity="warning", markup=False, timeout=20)
        self.refresh_bindings()

    def action_stop(self) -> None:
        try:
            self.started = self.course_app.learner.progress.end_return(self.started, passed=False)
        except LearnerError as error:
            self.notify(str(error), severity="error", markup=False, timeout=20)
        self._draw()

    @work(group="editor")
    async def action_edit(self) -> None:
        if self.editing:
            return  # cancelling the first worker would leave the app suspended
        self.editing = True
        learner = self.course_app.learner
        try:
            path = from_memory.ensure(learner.workspace, self.exercise, self.started)
            await edit(self, path, None, learner.settings.editor, "Saving the file checks it.")
        except LearnerError as error:
            self.notify(str(error), severity="error", markup=False, timeout=20)
        finally:
            self.editing = False


def _diagnosis(verdict: Verdict | None) -> Content:
    return result_cards.diagnosis(verdict) if verdict is not None else Content("")
