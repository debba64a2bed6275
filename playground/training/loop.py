"""Repeats optimizer steps until the end of a training, and reports, pauses, stops and saves between them."""

from __future__ import annotations

import contextlib
import errno
import math
import time
from collections.abc import Callable
from typing import Literal, Protocol

from playground.training.checkpoints import CheckpointFolder
from playground.training.controls import Controls, Stopped
from playground.training_messages import Continued, Ended, Note, Paused, Saved, Step, TrainingEvent
from reference.schedule import lr_at

FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
WAIT_SECONDS, RETRY_SECONDS = 600, 2  # at the end of a training, for room on a full disk
RESOLUTION = 100_000  # steps of the schedule where the training ends after minutes


class LoopRecipe(Protocol):
    """The part of a recipe that the loop needs; exactly one of `steps` and `minutes` is given."""

    @property
    def steps(self) -> int | None: ...
    @property
    def minutes(self) -> float | None: ...
    @property
    def lr(self) -> float: ...
    @property
    def min_lr(self) -> float: ...
    @property
    def warmup(self) -> float: ...
    @property
    def log_every(self) -> int: ...
    @property
    def eval_every(self) -> int: ...
    @property
    def sample_every(self) -> int: ...
    @property
    def save_minutes(self) -> float: ...


class TrainingLoop:
    """A training. A subclass trains a step, evaluates, samples and writes a checkpoint.

    `send` receives the events, and `controls` what the user wants.
    """

    def __init__(
        self, folder: CheckpointFolder, recipe: LoopRecipe, controls: Controls, send: Callable[[TrainingEvent], None]
    ) -> None:
        self._folder, self._recipe, self.controls, self._send = folder, recipe, controls, send
        self.step = 0  # the optimizer steps done
        self.seconds = 0.0  # trained so far, without pauses
        self.validation_loss: float | None = None
        self.saved: int | None = None  # the step of the last good checkpoint
        self._started = self._saved_at = time.monotonic()

    # what a subclass does

    def train_step(self, lr: float) -> tuple[float, float, int]:
        """Adjusts the weights by one batch, unless a number is not finite.

        Returns the loss, the norm of the gradient and the number of tokens.
        """
        raise NotImplementedError

    def evaluate(self) -> None:
        """Measures and sends the loss of held-out examples. Raises Stopped if the user stops the training."""
        raise NotImplementedError

    def sample(self) -> None:
        """Sends something that the model wrote."""

    def write_checkpoint(self) -> None:
        """Writes all that the next step depends on. Raises OSError."""
        raise NotImplementedError

    def finish(self) -> None:
        """Measures what the training has reached."""
        self.evaluate()
        self.sample()

    # the loop

    def run_loop(self) -> Ended:
        """Trains to the end, until the user stops, or until a loss is not finite."""
        self._started = time.monotonic() - self.seconds
        self._saved_at = time.monotonic()
        try:
            return self._loop()
        except Stopped:
            return self._end("stopped")

    def _loop(self) -> Ended:
        losses: list[float] = []
        tokens = 0
        trained = 0.0  # seconds in the steps since the last report
        while self.done < 1:
            self._obey()
            begun = time.monotonic()
            lr = self.learning_rate()
            loss, norm, count = self.train_step(lr)
            if not (math.isfinite(loss) and math.isfinite(norm)):
                return self._diverged(loss, norm)
            trained += time.monotonic() - begun
            self.seconds = self._elapsed()
            losses.append(loss)
            tokens += count
            if self.step % self._recipe.log_every == 0 or self.done >= 1:
                speed = tokens / max(trained, 1e-9)
                mean = sum(losses) / len(losses)
                event = Step(self.step, mean, lr, norm, round(speed, 1), round(self.seconds, 2), self.done)
                self.send(event)
                losses, tokens, trained = [], 0, 0.0
            self._between_steps()
        return self._end("finished")

    def _between_steps(self) -> None:
        """Evaluates, samples and saves where it is time to. The last step is evaluated at the end."""
        if self.done >= 1:
            return
        if self.step % self._recipe.eval_every == 0:
            self.evaluate()
        if self.step % self._recipe.sample_every == 0:
            self.sample()
        if time.monotonic() - self._saved_at >= self._recipe.save_minutes * 60:
            self._try_save()

    def _obey(self) -> None:
        if self.controls.stopping:
            raise Stopped
        if self.controls.paused:
            self._try_save()
            self.send(Paused(self.step))
            self.controls.wait()  # raises Stopped
            self._started = time.monotonic() - self.seconds
            self.send(Continued(self.step))

    @property
    def done(self) -> float:
        """The fraction of the training that is done, 0 to 1."""
        if self._recipe.steps is not None:
            return min(1.0, self.step / self._recipe.steps)
        assert self._recipe.minutes is not None
        return min(1.0, self.seconds / (self._recipe.minutes * 60))

    def learning_rate(self) -> float:
        """The learning rate of the next step."""
        total, place = self._recipe.steps, self.step
        if total is None:
            total, place = RESOLUTION, int(self.done * RESOLUTION)
        total = max(total, 2)
        warmup = min(max(1, round(self._recipe.warmup * total)), total - 1)
        return lr_at(place, total, warmup, self._recipe.lr, self._recipe.lr / warmup, self._recipe.min_lr)

    # what is reported

    def send(self, event: TrainingEvent) -> None:
        """Logs and sends an event."""
        self._folder.log(event)
        self._send(event)

    # checkpoints

    def save(self) -> None:
        """Writes a checkpoint and reports it. Raises OSError."""
        begun = time.monotonic()
        self.write_checkpoint()
        self.saved, self._saved_at = self.step, time.monotonic()
        self.send(Saved(self.step, round(self._saved_at - begun, 3)))

    def _try_save(self) -> None:
        """Saves; if that fails, a note says why, and the training goes on and tries again later."""
        try:
            self.save()
        except OSError as error:
            self._saved_at = time.monotonic()
            self.send(Note(f"{self._save_failed(error)} The training goes on and will try again."))

    def _save_at_end(self, reason: str) -> str:
        """Saves the result. While the disk is full, waits for room. Returns why the result is lost, or ""."""
        deadline, has_waited = time.monotonic() + WAIT_SECONDS, False
        while True:
            try:
                self.save()
                return ""
            except OSError as error:
                gives_up = reason == "finished" and self.controls.stopping
                if error.errno not in FULL or gives_up or time.monotonic() >= deadline:
                    return self._save_failed(error)
                if not has_waited:
                    has_waited = True
                    self.send(Note(f"{self._save_failed(error)} Make room: for {WAIT_SECONDS // 60} minutes, the "
                                   "training waits and tries again."))  # fmt: skip
            time.sleep(RETRY_SECONDS)

    def _save_failed(self, error: OSError) -> str:
        last = "There is no checkpoint yet." if self.saved is None else f"The last good one is of step {self.saved:,}."
        return f"The checkpoint of step {self.step:,} could not be written: {error.strerror}. {last}"

    def _end(self, reason: Literal["finished", "stopped", "failed"]) -> Ended:
        """Evaluates and saves at the end. The user can stop a training at any step, so all of it is done here."""
        message = ""
        if reason == "finished":
            with contextlib.suppress(Stopped):
                self.finish()
        if self.saved != self.step and (problem := self._save_at_end(reason)):
            reason, message = "failed", problem
        return Ended(reason, self.step, self.saved, self.validation_loss, message)

    def _diverged(self, loss: float, norm: float) -> Ended:
        what = f"the loss is {loss}" if not math.isfinite(loss) else f"the gradient's norm is {norm}"
        kept = f"The checkpoint of step {self.saved:,} is kept." if self.saved is not None else "No checkpoint is kept."
        message = (
            f"Stopped at step {self.step + 1:,}: {what}, so the weights would be lost. {kept} "
            "Try a smaller learning rate or a longer warm-up."
        )
        return Ended("failed", self.step, self.saved, self.validation_loss, message)

    def _elapsed(self) -> float:
        return time.monotonic() - self._started
