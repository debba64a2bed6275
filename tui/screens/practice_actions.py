"""The key actions of the Practice mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work

from exercises.tries import try_of
from learner.progress import ProgressError
from learner.workspace import WorkspaceError
from playground.parts_catalogue import parts_from
from tui.background import start
from tui.formatting import plural, short_path
from tui.open_in_editor import edit

if TYPE_CHECKING:
    from exercises.course import Exercise
    from tui.checking import CheckState
    from tui.screens.mode_screen import ModeScreen
    from tui.widgets.hints import Hints

    Base = ModeScreen
else:
    Base = object


class PracticeActions(Base):
    """A mixin with the actions of PracticeScreen."""

    editing = False

    if TYPE_CHECKING:
        hints: Hints
        shown: CheckState | None

        @property
        def exercise(self) -> Exercise: ...

        def turn_to(self, result: bool) -> None: ...

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "turn":
            return not self.wide
        if action == "live":
            return self._can_be_tried()
        if action in ("hand_in", "ask_review"):
            return self.course_app.cowork.room is not None
        if action == "try_it":
            return self.exercise.try_path.is_file()
        if action == "race":
            return bool(self.exercise.race_task)
        if action == "step":
            return self._neighbour(int(str(parameters[0]))) is not None or None
        return True

    def _neighbour(self, step: int) -> Exercise | None:
        learner = self.course_app.learner
        return learner.following(self.exercise) if step > 0 else learner.previous(self.exercise)

    def _hints_taken(self) -> int:
        try:
            return self.course_app.learner.progress.hints(self.exercise.id)
        except ProgressError:
            return 0

    async def show_hints(self, taken: int | None = None) -> None:
        """Shows the hints that have been taken, also those that an assistant took meanwhile."""
        try:
            by_assistant = self.course_app.learner.progress.assistant_hints(self.exercise.id)
        except ProgressError:
            by_assistant = frozenset()
        await self.hints.show(self.exercise, self._hints_taken() if taken is None else taken, by_assistant)

    def _can_be_tried(self) -> bool:
        """Whether the exercise supplies a part of the Playground's models, and its file has just passed."""
        shown = self.shown
        passed = shown is not None and shown.phase == "done" and shown.verdict is not None and shown.verdict.passed
        return passed and bool(parts_from(self.exercise.id))

    def action_live(self) -> None:
        self.course_app.try_part(self.exercise)

    def action_turn(self) -> None:
        self.turn_to(not self.has_class("-show-result"))

    def action_step(self, step: int) -> None:
        exercise = self._neighbour(step)
        if exercise is not None:
            self.turn_to(False)
            self.course_app.open_exercise(exercise)

    def action_recheck(self) -> None:
        if not self.course_app.grader.engine.ready.is_set():
            start(self.app, self.course_app.start_engine, "engine")
        self.course_app.checker.check(self.exercise)

    def _may_help(self) -> bool:
        """Whether hints and the solution are available; notifies the learner while a return from memory is open."""
        try:
            self.course_app.learner.progress.refuse_help(self.exercise.id)
        except ProgressError as error:
            self.notify(str(error), severity="warning", markup=False)
            return False
        return True

    async def action_hint(self) -> None:
        if not self._may_help():
            return
        count, taken = len(self.exercise.hints), self._hints_taken()
        if taken < count:
            try:
                taken = self.course_app.learner.progress.take_hint(self.exercise.id)
            except ProgressError as error:
                self.notify(str(error), severity="warning", markup=False)
                taken += 1
        else:
            self.notify(f"You have seen all {plural(count, 'hint')}. Press s for the reference solution.")
        await self.show_hints(taken)
        self.turn_to(True)
        self.call_after_refresh(self._scroll_to_last_hint)

    def _scroll_to_last_hint(self) -> None:
        if self.hints.children:
            self.hints.children[-1].scroll_visible(animate=False)

    @work(group="hand in", exclusive=True)
    async def action_hand_in(self) -> None:
        await self.course_app.hand_in(self.exercise)

    @work(group="dialog", exclusive=True)
    async def action_ask_review(self) -> None:
        from tui.screens.review_request import ReviewRequestDialog

        request = await self.app.push_screen_wait(ReviewRequestDialog(self.exercise.title))
        if request is not None:
            await self.course_app.hand_in(self.exercise, *request)

    @work(group="dialog", exclusive=True)
    async def action_reset(self) -> None:
        from tui.screens.dialogs import ConfirmDialog

        text = f"Reset {self.exercise.file_name} to the stub? A copy of your version is kept."
        if not await self.app.push_screen_wait(ConfirmDialog("Reset the file?", text, "Reset")):
            return
        try:
            kept = self.course_app.learner.workspace.reset(self.exercise)
        except WorkspaceError as error:
            self.notify(str(error), severity="error", markup=False, timeout=20)
            return
        self.course_app.checker.forget(self.exercise)
        self.turn_to(False)
        if kept is not None:
            self.notify(f"Your version is kept as {short_path(kept)}", title="Reset", markup=False, timeout=15)

    @work(group="dialog", exclusive=True)
    async def action_solution(self) -> None:
        from grader.source.reference_source import as_solution
        from grader.source.text import text_of
        from tui.screens.dialogs import CodeDialog, CompareDialog, ConfirmDialog

        if not self._may_help():
            return
        progress, exercise = self.course_app.learner.progress, self.exercise
        passed = False
        try:
            passed = progress.state(exercise) in ("passed", "again")
            if not passed and not progress.solution_viewed(exercise.id):
                text = "You have not passed this exercise yet. Try a hint first: close this and press h."
                if not await self.app.push_screen_wait(ConfirmDialog("Show the reference solution?", text, "Show")):
                    return
            progress.record_solution_view(exercise.id)
        except ProgressError as error:
            self.notify(str(error), severity="warning", markup=False)
        try:
            text = as_solution(exercise)
        except OSError as error:
            self.notify(f"Cannot read the reference solution: {error}", severity="error", markup=False)
            return
        title = f"{exercise.title}: reference solution"
        try:
            own = text_of(self.course_app.learner.workspace.read(exercise)) if passed else ""
        except WorkspaceError:
            own = ""
        self.app.push_screen(CompareDialog(title, own, text) if own else CodeDialog(title, text, "python"))

    def action_diff(self) -> None:
        from tui.screens.dialogs import CodeDialog

        try:
            text = self.course_app.learner.workspace.diff(self.exercise)
        except WorkspaceError as error:
            self.notify(str(error), severity="error", markup=False, timeout=20)
            return
        if not text:
            self.notify("You have not changed the stub yet.")
            return
        self.app.push_screen(CodeDialog(f"{self.exercise.title}: your changes", text, "diff"))

    def action_try_it(self) -> None:
        from tui.screens.try_it import TryDialog

        attempt = try_of(self.exercise)
        assert attempt is not None
        self.app.push_screen(TryDialog(self.exercise, attempt))

    def action_race(self) -> None:
        from tui.screens.race import RaceDialog

        self.app.push_screen(RaceDialog(self.exercise))

    def action_history(self) -> None:
        from tui.screens.history import HistoryDialog

        try:
            attempts = self.course_app.learner.progress.history(self.exercise.id)
        except ProgressError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        if not attempts:
            self.notify("No attempts yet. Save the file to record the first one.")
            return
        self.app.push_screen(HistoryDialog(self.exercise, attempts, self.course_app.learner.clock()))

    @work(group="editor")
    async def action_edit(self) -> None:
        if self.editing:
            return  # cancelling the first worker would leave the app suspended
        self.editing = True
        try:
            await self._edit()
        finally:
            self.editing = False

    async def _edit(self) -> None:
        learner = self.course_app.learner
        try:
            path = learner.workspace.ensure(self.exercise)
        except WorkspaceError as error:
            self.notify(str(error), severity="error", markup=False, timeout=20)
            return
        state = self.course_app.checker.state(self.exercise)
        line = state.verdict.line if state.verdict else None
        await self.course_app.checker.is_watching.wait()  # an earlier save would count as the file's first content
        await edit(self, path, line, learner.settings.editor, "Saving the file runs the checks.")
