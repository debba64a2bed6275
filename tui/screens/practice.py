"""The Practice mode: an exercise's task, the checks of the learner's file and the diagnosis."""

from __future__ import annotations

from collections.abc import Iterable

from textual import getters
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.widget import Widget
from textual.widgets import Markdown, Static

from exercises.exercise import Exercise
from learner.progress import ProgressError
from playground.parts_catalogue import parts_from
from tui.checking import CheckState
from tui.comparison import part_names
from tui.formatting import OUTCOME_WORDS, plural, short_path, training_progress
from tui.open_in_editor import available_editor
from tui.screens.mode_screen import ModeScreen
from tui.screens.practice_actions import PracticeActions
from tui.screens.upgrade import UpgradeActions, UpgradeNotice
from tui.widgets import result_cards
from tui.widgets.check_list import CheckList
from tui.widgets.hints import Hints
from tui.widgets.task_box import TaskBox
from tui.widgets.updates import set_text


class PracticeScreen(UpgradeActions, PracticeActions, ModeScreen):
    """Shows the app's current exercise."""

    MODE = "practice"
    CSS_PATH = "practice.tcss"
    AUTO_FOCUS = "#task"
    BINDINGS = [
        Binding("l", "live", "Live", id="practice.live", tooltip="Put your part into the Playground's model"),
        Binding("e", "edit", "Edit", id="practice.edit", tooltip="Open the file in your editor"),
        Binding("h", "hint", "Hint", id="practice.hint", tooltip="Show the next hint"),
        Binding("r", "recheck", "Check", id="practice.check", tooltip="Check the current file"),
        Binding("c", "turn", "Task/Checks", id="practice.turn", tooltip="Switch between the task and the checks"),
        Binding("d", "diff", "Diff", id="practice.diff", tooltip="Show your changes to the stub"),
        Binding("s", "solution", "Solution", id="practice.solution", tooltip="Show the reference solution"),
        Binding("t", "try_it", "Try it", id="practice.try", tooltip="Try your file on real data"),
        Binding("n", "step(1)", "Next", id="practice.next", tooltip="Go to the next exercise"),
        Binding("p", "step(-1)", "Previous", id="practice.previous", show=False, tooltip="Go to the previous exercise"),
        Binding("y", "history", "History", id="practice.history", show=False, tooltip="Show your attempts"),
        Binding("u", "upgrade", "Upgrade", id="practice.upgrade", show=False, tooltip="Show a newer stub's changes"),
        Binding(
            "ctrl+u", "hand_in", "Hand in", id="practice.hand-in", show=False, tooltip="Send the file to your group"
        ),
        Binding("ctrl+r", "race", "Race", id="practice.race", show=False, tooltip="Race your file with the reference"),
        Binding("ctrl+y", "ask_review", "Ask for review", id="practice.ask-review", show=False,
                tooltip="Hand in the file and ask your group: I am stuck, or is it good?"),
        Binding("x", "reset", "Reset", id="practice.reset", show=False, tooltip="Reset the file; a copy is kept"),
    ]  # fmt: skip
    shown: CheckState | None = None
    strip = getters.query_one("#strip", Static)
    note = getters.query_one(UpgradeNotice)
    card = getters.query_one("#card", Static)
    checks = getters.query_one(CheckList)
    details = getters.query_one(result_cards.Details)
    hints = getters.query_one(Hints)

    def body(self) -> Iterable[Widget]:
        yield Horizontal(
            Static(id="title", classes="title", markup=False),
            Static(id="aside", classes="aside", markup=False),
            classes="title-line",
        )
        yield Static(id="strip")
        yield UpgradeNotice(markup=False)
        task = VerticalScroll(TaskBox(), Markdown(id="readme", open_links=False), id="task", classes="pane")
        result = VerticalScroll(
            Static(id="card"), Hints(), result_cards.Details(), CheckList(), id="result", classes="pane"
        )
        task.border_title, result.border_title = "Task", "Result"
        yield Horizontal(task, result, id="panes")

    def on_mount(self) -> None:
        self.course_app.checker.changed.subscribe(self, self._on_check)
        self.watch(self.app, "exercise", self._on_exercise)

    async def on_screen_resume(self) -> None:
        await self._show(self.course_app.checker.state(self.exercise))
        await self.show_hints()

    @property
    def exercise(self) -> Exercise:
        exercise = self.course_app.exercise
        assert exercise is not None
        return exercise

    def turn_to(self, result: bool) -> None:
        """In a narrow window, shows either the result or the task."""
        self.set_class(result, "-show-result")
        if not self.wide:
            self.query_one("#result" if result else "#task").focus()
            # The strip's text depends on which pane is shown.
            self.call_next(self._show_again)

    async def _show_again(self) -> None:
        if self.shown is not None:
            await self._show(self.shown)

    async def _on_exercise(self, exercise: Exercise) -> None:
        learner = self.course_app.learner
        try:
            learner.progress.set_last_exercise(exercise.id)
        except ProgressError as error:
            self.notify(str(error), severity="warning", markup=False)
        self.course_app.grader.expect(exercise)
        self.refresh_bindings()  # not every exercise has a try
        exercises = learner.course.exercises
        self.query_one("#title", Static).update(exercise.title)
        place = f"{exercises.index(exercise) + 1} of {len(exercises)}"
        self.query_one("#aside", Static).update(f"{place} · {exercise.level} · {exercise.minutes} min")
        is_new = exercise is not self.hints.exercise
        if is_new:
            self.turn_to(False)
        await self.show_hints()  # first, so that those of the exercise before are gone
        await self._show(self.course_app.checker.state(exercise))
        self.query_one(TaskBox).show(exercise)
        self.update_notice()
        title, _, text = exercise.readme.partition("\n")
        readme = self.query_one("#readme", Markdown)
        # The screen shows the title already.
        await readme.update(text if title.startswith("# ") else exercise.readme)
        if is_new:
            for pane in ("#task", "#result"):
                self.query_one(pane).scroll_home(animate=False)

    async def _on_check(self, state: CheckState) -> None:
        if state.exercise.id == self.exercise.id:
            if state.phase in ("done", "fault"):
                self.turn_to(True)
            await self._show(state)
            if state.phase == "done":
                await self.show_hints()
                self.query_one("#result").scroll_home(animate=False)
                self.course_app.verdicts_shown += 1
            if state.phase == "done" and state.message:
                self.notify(state.message, severity="warning", markup=False, timeout=20)

    async def _show(self, state: CheckState) -> None:
        """Shows a state in the strip, the card and the list of checks."""
        self.shown = state
        settled = state.phase in ("done", "fresh", "missing", "fault")
        verdict = state.verdict
        self.card.set_class(state.phase == "done" and verdict is not None and verdict.passed, "-passed")
        self.card.set_class(not settled, "-stale")
        self.checks.show(state)
        self.details.show(verdict if state.phase == "done" else None)
        if not settled:
            set_text(self.card, result_cards.previous(verdict))
        editor = available_editor(self.app, self.course_app.learner.settings.editor)
        path = short_path(self.course_app.learner.workspace.path(self.exercise))
        match state.phase:
            case "fresh":
                opens = f"Press e to open {self.exercise.file_name} in {editor.name}" if editor else f"Open {path}"
                self._set_strip("fresh", f"{opens}. Saving it runs the checks.")
                set_text(self.card, result_cards.start_here(self.exercise, editor.name if editor else None, path))
            case "missing":
                self._set_strip("fault", "Your file is missing. Press e to create it again.")
                set_text(self.card, result_cards.missing(self.exercise, path))
            case "fault":
                self._set_strip("fault", "The check could not run. Press r to try again.")
                set_text(self.card, result_cards.fault(state.message))
            case "waiting":
                ready = self.course_app.grader.engine.ready.is_set()
                self._set_strip("running", "● Checking…" if ready else "● Waiting for torch to load…")
            case "running":
                done = len(state.ended)
                progress = f" · {training_progress(state.training[-1])}" if state.training else ""
                self._set_strip("running", f"● Checking… {done} of {max(len(state.planned), done)}{progress}")
                if state.training:
                    self.card.set_class(False, "-stale")
                    set_text(self.card, result_cards.training(state.training))
            case "done" if verdict is not None:
                self._show_verdict(state)
        self.card.display = bool(str(self.card.content))
        self.refresh_bindings()

    def _show_verdict(self, state: CheckState) -> None:
        verdict = state.verdict
        assert verdict is not None
        if verdict.passed:
            learner = self.course_app.learner
            states = learner.states()
            following = learner.following(self.exercise)
            hint = f" Press n for the next exercise: {following.title}." if following else ""
            self._set_strip("passed", f"✓ Passed.{hint}")
            passed = sum(value == "passed" for value in states.values())
            set_text(
                self.card,
                result_cards.celebration(
                    verdict,
                    state.attempt,
                    passed,
                    len(states),
                    following,
                    learner.completed_month(self.exercise),
                    part_names([part.id for part in parts_from(self.exercise.id)]),
                ),
            )
            return
        passed_checks = sum(check.outcome == "passed" for check in verdict.checks)
        outcome = OUTCOME_WORDS[verdict.outcome].capitalize()
        # After a crash there can be no checks to count.
        count = f": {passed_checks} of {plural(len(verdict.checks), 'check')} pass" if passed_checks else ""
        hidden = not self.wide and not self.has_class("-show-result")
        hint = "Press c to see what is wrong." if hidden else "Edit the file and save it."
        self._set_strip("failed", f"✗ {outcome}{count}. {hint}")
        set_text(self.card, result_cards.diagnosis(verdict))

    def _set_strip(self, status: str, text: str) -> None:
        if not self.strip.has_class(f"-{status}"):
            self.strip.set_classes(f"-{status}")
        set_text(self.strip, text)
