"""Races the training of a solution against the reference's: the lowest loss on new text after a budget of CPU time.

As in `grader.proof.race`, both are sandboxed processes whose CPU time is measured from outside. The judge chooses the
number of steps from two short trainings, then trains in a new process, which has nothing left of them. What to predict
reaches a process after its training, and the judge computes the loss.
"""

from __future__ import annotations

import base64
import random
import secrets
from collections.abc import Callable
from typing import Any

import torch

from engine import reap
from engine.sandbox.namespaces import SandboxUnavailable
from grader import messages
from grader.child.tamper_guard import probes_of
from grader.judge import grade, watchdog
from grader.judge.learner_process import Stopped
from grader.proof.race import Racer, racing_context
from grader.source import reference_source

prepare = grade.prepare

CALIBRATION = (5, 25)  # steps of the two short trainings
TOLERANCE = 1.05  # of the budget
MAX_TRAININGS = 2  # of one solution; the second has fewer steps
PROCESSES = 2 * (1 + MAX_TRAININGS)
TOO_LONG = "Its steps take longer in a long training than in a short one, so it exceeds its CPU time."


def race(request: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> None:
    """Emits {"losses": [yours, the reference's]} in nats per character, or {"invalid": why yours does not count}."""
    watchdog.limit_memory()
    try:
        emit(_losses(request))
    except SandboxUnavailable as error:
        emit({"refused": str(error)})
    finally:
        for learner in grade.standby:
            learner.close()
        reap.kill_strays(set())


def _losses(request: dict[str, Any]) -> dict[str, Any]:
    exercise = grade.exercise_from(request["context"])
    text = exercise.race_path.read_text(encoding="utf-8")
    context = racing_context(exercise, request, text)
    seed = secrets.randbelow(2**30)
    task = probes_of(text).examples(seed, secrets.randbelow(2**30))
    sources = {
        "reference": reference_source.as_solution(exercise).encode(),
        "yours": base64.b64decode(request["source"]),
    }
    losses = {}
    for name in random.sample(sorted(sources), 2):
        training = _Training(context, sources[name], request["budget"], task, seed)
        try:
            losses[name] = training.loss()
        except Stopped as stopped:
            if name == "reference":
                raise
            return {"invalid": messages.impersonal(str(stopped))}
    return {"losses": [losses["yours"], losses["reference"]]}


class _Training:
    """The trainings of one solution on a task: (text, windows of new text, the character that follows each)."""

    def __init__(self, context: dict[str, Any], source: bytes, budget: float, task: Any, seed: int) -> None:
        self.context, self.source, self.budget, self.seed = context, source, budget, seed
        self.text, self.windows, self.following = task

    def loss(self) -> float:
        """Returns the loss after a training within the budget. Raises Stopped."""
        steps = self._calibrated_steps()
        for _ in range(MAX_TRAININGS):
            racer = self._racer()
            try:
                order = self._train(racer, steps)
                if racer.seconds[-1] <= self.budget * TOLERANCE:
                    return self._loss_of(racer, order)
                steps = int(steps * self.budget / racer.seconds[-1] * 0.95)
            finally:
                racer.close()
        raise Stopped("failed", TOO_LONG)

    def _calibrated_steps(self) -> int:
        """Returns the number of steps that take the budget, from the costs of two short trainings."""
        racer = self._racer()
        try:
            for steps in CALIBRATION:
                self._train(racer, steps)
        finally:
            racer.close()
        (few, many), (first, second) = CALIBRATION, racer.seconds
        cost = max(second - first, 1e-4) / (many - few)
        return max(int((self.budget - max(first - few * cost, 0.0)) / cost), 1)

    def _racer(self) -> Racer:
        return Racer(self.context, self.source, 4 * self.budget + 30)

    def _train(self, racer: Racer, steps: int) -> list[int]:
        with watchdog.time_limit(4 * self.budget + 30, racer.learner):
            reply = racer.turn("learn", {"text": self.text, "steps": steps, "seed": self.seed % 1000})
        return [int(id) for id in _result(reply)]

    def _loss_of(self, racer: Racer, order: list[int]) -> float:
        reply = racer.turn("predict", {"windows": self.windows}, is_counted=False)
        logits = _result(reply)
        letters = sorted(set(self.text))
        if not isinstance(logits, torch.Tensor) or logits.shape != (len(self.windows), len(letters)):
            raise Stopped("failed", "Its model does not return logits of shape (B, T, V).")
        if sorted(order) != list(range(len(letters))):
            raise Stopped("failed", "Its ids are not 0 to V − 1.")
        following = torch.tensor([letters.index(letter) for letter in self.following])
        loss = torch.nn.functional.cross_entropy(logits[:, order].double(), following).item()
        if not 0.0 < loss < float("inf"):
            raise Stopped("failed", "Its loss is not finite.")
        return loss


def _result(reply: dict[str, Any]) -> Any:
    if report := reply.get("raised"):
        raise Stopped("failed", messages.exception(report, {}, {}))
    if "result" not in reply:
        raise Stopped("failed", "It returned something that is not plain data.")
    return reply["result"]
