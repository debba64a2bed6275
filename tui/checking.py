"""Runs checks for the app, on a save or on a key, one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from textual.app import App
from textual.signal import Signal

from engine.errors import EngineError
from exercises.exercise import Exercise
from grader.errors import GraderError
from grader.verdict import Check, CheckPlan, Event, TrainingStep, Verdict
from learner.progress import ProgressError
from learner.workspace import WorkspaceError
from tui.background import start
from tui.learner_context import LearnerContext

if TYPE_CHECKING:
    from grader.check import Grader

PUBLISH_INTERVAL = 0.15  # seconds between two updates of a running check
Phase = Literal["fresh", "missing", "waiting", "running", "done", "fault"]


@dataclass(frozen=True)
class CheckState:
    """The state of the check of an exercise.

    While a check runs, `verdict` is the one before. `first` says that the verdict is the first pass. `message` says
    why a check could not run. `training` has the progress of the model that the running check trains.
    """

    exercise: Exercise
    phase: Phase
    planned: tuple[tuple[str, str], ...] = ()
    ended: tuple[Check, ...] = ()
    verdict: Verdict | None = None
    first: bool = False
    attempt: int = 0
    message: str = ""
    training: tuple[TrainingStep, ...] = ()

    def rows(self) -> Iterator[tuple[str, str, Check | None]]:
        """Yields (name of the mark, title, the check if it has ended) for each check, in order."""
        checks = self.verdict.checks if self.phase == "done" and self.verdict else self.ended
        ended = {check.name: check for check in checks}
        titles = dict(self.planned) | {check.name: check.title or check.name for check in checks}
        # "loads" is not among the planned checks and comes first.
        order = sorted(titles, key=lambda name: name != "loads")
        running = next((name for name in order if name not in ended), None) if self.phase == "running" else None
        for name in order:
            check = ended.get(name)
            yield check.outcome if check else "running" if name == running else "planned", titles[name], check


class Checker:
    """Checks the learner's files. Screens that show checks subscribe to `changed`.

    `find_grader` returns the grader, which is made when it is first needed: its imports would delay the first paint.
    """

    def __init__(self, app: App[Any], learner: LearnerContext, find_grader: Callable[[], Grader]) -> None:
        self.app = app
        self.learner = learner
        self.find_grader = find_grader
        self.changed: Signal[CheckState] = Signal(app, "check-changed")
        self.saved: Signal[Exercise] = Signal(app, "exercise-saved")
        self.is_watching = asyncio.Event()  # set once a save is noticed
        self._states: dict[str, CheckState] = {}
        self._lock = asyncio.Lock()

    def state(self, exercise: Exercise) -> CheckState:
        """Returns the state of an exercise's check: the running one, else the last attempt if the file is unchanged
        since then. Starts a check if the file has changed."""
        known = self._states.get(exercise.id)
        if known is not None and known.phase in ("waiting", "running"):
            return known
        try:
            if not self.learner.workspace.path(exercise).exists():
                return CheckState(exercise, "missing" if self.learner.created else "fresh")
            if not self.learner.workspace.is_modified(exercise):
                return CheckState(exercise, "fresh")
            source = self.learner.workspace.read(exercise)
        except WorkspaceError as error:
            return CheckState(exercise, "fault", message=str(error))
        if known is not None and known.phase in ("done", "fault"):
            return known
        last = self.learner.last_attempt(exercise)
        if last is not None and last.source == source and last.version == exercise.version:
            try:
                return CheckState(exercise, "done", verdict=msgspec.convert(last.verdict, Verdict))
            except msgspec.ValidationError:
                pass
        self.check(exercise)
        return CheckState(exercise, "waiting")

    def check(self, exercise: Exercise) -> None:
        """Checks the current file of an exercise; cancels a running check of it."""
        start(self.app, partial(self._check, exercise), f"check {exercise.id}")

    def forget(self, exercise: Exercise) -> None:
        """Drops the state of an exercise after its file was reset to the stub."""
        self._states.pop(exercise.id, None)
        self.app.workers.cancel_group(self.app, f"check {exercise.id}")
        self.changed.publish(self.state(exercise))

    def watch(self) -> None:
        """Starts to check files when they are saved."""
        start(self.app, self._watch, "watch")

    async def _watch(self) -> None:
        from learner.watch import watch_saves

        try:
            saves = watch_saves(self.learner.workspace)
            self.is_watching.set()
            async for exercises in saves:
                for exercise in exercises:
                    state = self._states.get(exercise.id)
                    if state is None and not self.learner.workspace.is_modified(exercise):
                        continue  # the stub that a reset has just restored
                    if len(exercises) == 1:
                        self.saved.publish(exercise)
                    self.check(exercise)
        except (OSError, RuntimeError, WorkspaceError) as error:
            self.app.notify(
                f"Cannot watch your files: {error}. After a save, press r.",
                severity="warning",
                markup=False,
                timeout=20,
            )
        finally:
            self.is_watching.set()  # nobody waits for what failed

    async def _check(self, exercise: Exercise) -> None:
        from grader.parts import own_parts_of

        grader = self.find_grader()
        last = self._states.get(exercise.id)
        state = CheckState(exercise, "waiting", verdict=last.verdict if last else None)
        loop = asyncio.get_running_loop()
        publishing: asyncio.TimerHandle | None = None

        def show(**changes: Any) -> None:
            nonlocal state
            state = replace(state, **changes)
            self._states[exercise.id] = state
            self.changed.publish(state)

        def publish() -> None:
            nonlocal publishing
            publishing = None
            self.changed.publish(state)

        def on_event(event: Event) -> None:
            # Several checks end in the time of one repaint; painting each of them would delay the verdict.
            nonlocal state, publishing
            if isinstance(event, CheckPlan):
                state = replace(state, phase="running", planned=tuple(event.names))
            elif isinstance(event, TrainingStep):
                state = replace(state, phase="running", training=(*state.training, event))
            else:
                state = replace(state, phase="running", ended=(*state.ended, event.check), training=())
            self._states[exercise.id] = state
            publishing = publishing or loop.call_later(PUBLISH_INTERVAL, publish)

        self._states[exercise.id] = state
        # Most checks end before the first update is due, which would only delay them.
        publishing = loop.call_later(PUBLISH_INTERVAL if grader.engine.ready.is_set() else 0, publish)
        try:
            async with self._lock:
                source = self.learner.workspace.read(exercise)
                own_parts = own_parts_of(self.learner.workspace, exercise)
                verdict = await grader.check(exercise, source, on_event, own_parts)
        except asyncio.CancelledError:
            if self._states.get(exercise.id) is state:
                del self._states[exercise.id]
            raise
        except (WorkspaceError, EngineError, GraderError) as error:
            show(phase="fault", message=str(error))
            return
        finally:
            if publishing is not None:
                publishing.cancel()
        first, attempt, message = self._record(exercise, source, verdict)
        show(phase="done", verdict=verdict, first=first, attempt=attempt, message=message)

    def _record(self, exercise: Exercise, source: bytes, verdict: Verdict) -> tuple[bool, int, str]:
        """Stores an attempt; returns (whether it is the first pass, its number, a message if storing failed)."""
        progress = self.learner.progress
        try:
            before = progress.state(exercise)
            message_before = progress.message
            progress.record(exercise.id, exercise.version, source, msgspec.to_builtins(verdict))
            news = progress.message if progress.message != message_before else None
            return verdict.passed and before != "passed", progress.attempt_count(exercise.id), news or ""
        except ProgressError as error:
            return verdict.passed, 0, str(error)
