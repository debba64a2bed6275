"""A training of the lab: its process, and what it has reported so far. The view draws it, and may come and go."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from playground.grpo_messages import Grpo, Pathology, Rollouts, Solved
from playground.model_folder import ModelFolderError, read_config
from playground.training_messages import (
    Begin,
    Continued,
    Ended,
    Evaluation,
    Note,
    Paused,
    Prepared,
    Preparing,
    Sample,
    Saved,
    Step,
    TrainingEvent,
    decode_event,
)
from playground.training_process import TrainingProcess
from playground.training_recipe import Recipe

State = Literal["idle", "preparing", "training", "paused", "stopping", "finished", "stopped", "failed"]
ACTIVE: set[State] = {"preparing", "training", "paused", "stopping"}
NICE = 10  # of the training's process, so that the app answers keys at once while all processors train
LOG = "log.jsonl"


class TrainingRun:
    """Starts, pauses and stops one training at a time. `on_change` is called after each event."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        self.on_change = on_change
        self.process: TrainingProcess | None = None
        self._reset(None)

    def _reset(self, out: Path | None) -> None:
        self.out = out
        self.state: State = "idle"
        self.message = ""
        self.prepared: Prepared | None = None
        self.losses: list[tuple[int, float]] = []
        self.validation: list[tuple[int, float]] = []
        self.steps: list[Step] = []
        self.sample: Sample | None = None
        self.saved: int | None = None

    @property
    def active(self) -> bool:
        return self.state in ACTIVE

    @property
    def stopped_text(self) -> str:
        """Says what was kept of a training that was stopped."""
        return (
            "Stopped before the first step." if self.saved is None else "Stopped. Start continues from the checkpoint."
        )

    async def run(self, begin: Begin | Grpo) -> None:
        """Trains until it ends; the events of an earlier part of the same training are read from its log first."""
        self._reset(Path(begin.out))
        if begin.recipe is None:
            for event in _logged(Path(begin.out)):
                self._apply(event)
        self.state, self.message = "preparing", "starting"
        self.on_change()
        try:
            self.process = await TrainingProcess.start(begin, NICE)
            async for event in self.process.events():
                self._apply(event)
                self.on_change()
        except OSError as error:
            self.state, self.message = "failed", f"The training could not be started: {error.strerror}."
            self.on_change()

    def toggle_pause(self) -> None:
        """Pauses the training, with a checkpoint, or continues it."""
        if self.process is not None and self.state in ("training", "paused"):
            self.process.control("pause" if self.state == "training" else "continue")

    def stop(self) -> None:
        """Saves and stops after the current step; a second call does not wait for that."""
        if self.process is not None and self.active:
            if self.state == "stopping":
                self.process.kill()
            else:
                self.state = "stopping"
                self.process.control("stop")
                self.on_change()

    async def close(self) -> None:
        """Saves a checkpoint and ends the process."""
        if self.process is not None:
            await self.process.close()

    def _apply(self, event: TrainingEvent) -> None:
        match event:
            case Preparing(what=what):
                self.message = what
            case Prepared():
                self.prepared, self.state, self.message = event, "training", ""
            case Step():
                self.steps.append(event)
                self.losses.append((event.step, event.loss))
            case Evaluation():
                self.validation.append((event.step, event.validation_loss))
            case Sample():
                self.sample = event
            case Saved(step=step):
                self.saved = step
            case Note(text=text):
                self.message = text
            case Paused():
                self.state = "paused"
            case Continued():
                self.state = "training"
            case Ended():
                self.state, self.message = event.reason, event.message
                self.saved = event.saved if event.saved is not None else self.saved


def continuation(out: Path, new: Recipe) -> Begin | None:
    """Returns the request to continue the training in a folder, or None if there is none.

    A training that has reached its end goes on for the steps or minutes of `new`.
    """
    try:
        config = read_config(out)
        old = msgspec.convert(config.recipe, Recipe)
    except (ModelFolderError, msgspec.ValidationError, ValueError):
        return None
    seconds = config.seconds or 0.0
    if (old.steps is not None and config.steps < old.steps) or (old.minutes is not None and seconds < old.minutes * 60):
        return Begin(str(out))
    if new.steps is not None:
        return Begin(str(out), steps=config.steps + new.steps)
    return Begin(str(out), minutes=seconds / 60 + (new.minutes or 0.0))


def _logged(out: Path) -> list[TrainingEvent]:
    """Returns the events in a training's log that the curves need."""
    events: list[TrainingEvent] = []
    try:
        for line in (out / LOG).read_bytes().splitlines():
            event = decode_event(line)
            if isinstance(event, Step | Evaluation | Sample | Rollouts | Solved | Pathology):
                events.append(event)
    except (OSError, msgspec.MsgspecError, json.JSONDecodeError):
        pass  # the curves then begin later
    return events
