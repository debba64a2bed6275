"""Runs checks for the app: on a save or on a key, one process at a time, the newest save first. Knows no screen."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

import msgspec
from textual.app import App
from textual.signal import Signal

from engine.client import EngineError
from exercises.course import Exercise
from grader.check import Grader, GraderError
from grader.verdict import Check, CheckPlan, Event, TrainingStep, Verdict
from learner.progress import ProgressError
from learner.watch import watch_saves
from learner.workspace import WorkspaceError
from tui.background import start
from tui.learner_context import LearnerContext

DRAW_EVERY = 0.15  # seconds between two drawings of a check under way
Phase = Literal["fresh", "missing", "waiting", "running", "done", "fault"]


@dataclass(frozen=True)
class CheckState:
    """Where the check of one exercise stands. `verdict` stays the last one while a new check runs; `first`
    says that this verdict is the first pass; `message` is the sentence of a fault; `training` tells how the model
    of the check under way has been trained so far."""

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
        """Each check as (mark's name, title, the check if it has ended), in order."""
        checks = self.verdict.checks if self.phase == "done" and self.verdict else self.ended
        ended = {check.name: check for check in checks}
        titles = dict(self.planned) | {check.name: check.title or check.name for check in checks}
        # "loads" is not planned, and comes first.
        order = sorted(titles, key=lambda name: name != "loads")
        running = next((name for name in order if name not in ended), None) if self.phase == "running" else None
        for name in order:
            check = ended.get(name)
            yield check.outcome if check else "running" if name == running else "planned", titles[name], check


class Checker:
    """Checks the learner's files. Whoever shows checks subscribes to `changed`."""

    def __init__(self, app: App[Any], learner: LearnerContext, grader: Grader) -> None:
        self.app = app
        self.learner = learner
        self.grader = grader
        self.changed: Signal[CheckState] = Signal(app, "check-changed")
        self.saved: Signal[Exercise] = Signal(app, "exercise-saved")
        self._states: dict[str, CheckState] = {}
        self._turn = asyncio.Lock()

    def state(self, exercise: Exercise) -> CheckState:
        """The state of an exercise's check: the one under way, else the last attempt if the file is as it was
        then. A file that has changed meanwhile is checked at once."""
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
        """Checks an exercise's file as it is now; a check of it under way is given up."""
        start(self.app, partial(self._check, exercise), f"check {exercise.id}")

    def forget(self, exercise: Exercise) -> None:
        """Drops what is known of an exercise, after its file was put back to the stub."""
        self._states.pop(exercise.id, None)
        self.app.workers.cancel_group(self.app, f"check {exercise.id}")
        self.changed.publish(self.state(exercise))

    def watch(self) -> None:
        """Begins to check whatever is saved."""
        start(self.app, self._watch, "watch")

    async def _watch(self) -> None:
        try:
            async for exercises in watch_saves(self.learner.workspace):
                for exercise in exercises:
                    state = self._states.get(exercise.id)
                    if state is None and not self.learner.workspace.is_modified(exercise):
                        continue  # the stub that a reset has just put back
                    if len(exercises) == 1:
                        self.saved.publish(exercise)
                    self.check(exercise)
        except (OSError, RuntimeError, WorkspaceError) as error:
            self.app.notify(
                f"Saves are not noticed: {error}. Press r to check.", severity="warning", markup=False, timeout=20
            )

    async def _check(self, exercise: Exercise) -> None:
        last = self._states.get(exercise.id)
        state = CheckState(exercise, "waiting", verdict=last.verdict if last else None)
        loop = asyncio.get_running_loop()
        drawing: asyncio.TimerHandle | None = None

        def show(**changes: Any) -> None:
            nonlocal state
            state = replace(state, **changes)
            self._states[exercise.id] = state
            self.changed.publish(state)

        def draw() -> None:
            nonlocal drawing
            drawing = None
            self.changed.publish(state)

        def hear(event: Event) -> None:
            # Ten checks end while a screen is drawn once, and drawing them all would hold up the verdict.
            nonlocal state, drawing
            if isinstance(event, CheckPlan):
                state = replace(state, phase="running", planned=tuple(event.names))
            elif isinstance(event, TrainingStep):
                state = replace(state, phase="running", training=(*state.training, event))
            else:
                state = replace(state, phase="running", ended=(*state.ended, event.check), training=())
            self._states[exercise.id] = state
            drawing = drawing or loop.call_later(DRAW_EVERY, draw)

        self._states[exercise.id] = state
        # Most checks are over before the first drawing is due, and it would only hold them up.
        drawing = loop.call_later(DRAW_EVERY if self.grader.engine.ready.is_set() else 0, draw)
        try:
            async with self._turn:
                source = self.learner.workspace.read(exercise)
                verdict = await self.grader.check(exercise, source, hear)
        except asyncio.CancelledError:
            if self._states.get(exercise.id) is state:
                del self._states[exercise.id]
            raise
        except (WorkspaceError, EngineError, GraderError) as error:
            show(phase="fault", message=str(error))
            return
        finally:
            if drawing is not None:
                drawing.cancel()
        first, attempt, message = self._record(exercise, source, verdict)
        show(phase="done", verdict=verdict, first=first, attempt=attempt, message=message)

    def _record(self, exercise: Exercise, source: bytes, verdict: Verdict) -> tuple[bool, int, str]:
        """(whether this is the first pass, which attempt it is, what went wrong with the record)."""
        progress = self.learner.progress
        try:
            before = progress.state(exercise)
            known = progress.message
            progress.record(exercise.id, exercise.version, source, msgspec.to_builtins(verdict))
            news = progress.message if progress.message != known else None
            return verdict.passed and before != "passed", progress.attempt_count(exercise.id), news or ""
        except ProgressError as error:
            return verdict.passed, 0, str(error)
