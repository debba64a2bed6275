"""Names a known mistake: the one whose results are exactly the learner's."""

from __future__ import annotations

import time
import types
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import torch

from exercises.course import Exercise, Mistake
from exercises.kit import compare
from grader.child import side_effects
from grader.judge.run import ProbeCall, Run, call_probe
from grader.source import reference_source

PATIENCE = 0.5  # seconds for finding a mistake that explains a part: the verdict waits for it
ENOUGH = 5
SLOW = 0.05  # seconds that the reference takes for a call whose answers are not worth working out ahead


class Suspects:
    """An exercise's known mistakes, and what each answers to the calls that were compared so far."""

    def __init__(self, exercise: Exercise, probes: dict[str, Any]) -> None:
        self.exercise = exercise
        self.probes = probes
        self.results: dict[tuple[str, str], tuple[Any, ...]] = {}

    @cached_property
    def modules(self) -> list[tuple[Mistake, types.ModuleType]]:
        return [
            (mistake, module)
            for mistake in self.exercise.mistake_variants
            if (module := _module(self.exercise, mistake))
        ]

    def result(self, mistake: Mistake, module: types.ModuleType, call: ProbeCall) -> tuple[Any, ...]:
        """What the mistake answers to a call; worked out once."""
        key = (mistake.id, call.key)
        if key not in self.results:
            self.results[key] = call_probe(self.probes[call.probe], module, call.arguments)
        return self.results[key]

    def work_ahead(self, calls: list[ProbeCall]) -> Iterator[None]:
        """Works out one answer a step, while nobody waits."""
        for mistake, module in self.modules:
            for call in calls:
                if call.seconds < SLOW:
                    self.result(mistake, module, call)
                    yield

    def named(self, run: Run, failed: list[str]) -> tuple[Mistake, bool] | None:
        """(the mistake that explains the calls of this check, whether it explains all of them), or None.

        A mistake that agrees with every call is preferred. Otherwise it is one that agrees with every telling
        call (where the learner differs from the reference) of a failed test, as when two things are wrong, and
        with all that the learner has right."""
        calls = list(run.calls.values())  # in this order, since a mistake may be to keep something between calls
        telling = [call for call in calls if differs(call, run)]
        if not telling:
            return None

        def agrees(mistake: Mistake, module: types.ModuleType, call: ProbeCall, strictly: bool) -> bool:
            return same_outcome(call.outcome, self.result(mistake, module, call), strictly)

        for strictly in (True, False):
            for mistake, module in self.modules:
                if all(agrees(mistake, module, call, strictly) for call in [*telling, *calls]):
                    return mistake, True
        fine = [call for call in calls if call not in telling]
        until = time.monotonic() + PATIENCE
        for test in failed:
            here = [call for call in telling if test in call.tests and call.outcome[0] == "data"]
            if sum(_numbers(call.outcome[1]) for call in here) < ENOUGH:
                continue  # a case shrunk to two numbers agrees with too much
            for mistake, module in self.modules:
                if time.monotonic() > until:
                    return None
                if all(agrees(mistake, module, call, True) for call in [*here, *fine]):
                    return mistake, False
        return None


def same_outcome(one: tuple[Any, ...], other: tuple[Any, ...], strictly: bool = True) -> bool:
    """Whether two outcomes are equal; `strictly` compares what errors say, not only their kind."""
    if one[0] != other[0]:
        return False
    if one[0] == "data":
        return one[2].keys() == other[2].keys() and compare.difference(one[1], other[1]) is None
    return one[1] == other[1] and (not strictly or one[2] == other[2])


def _numbers(value: Any) -> int:
    """How many numbers and characters a result holds."""
    if isinstance(value, torch.Tensor):
        return value.numel()
    if isinstance(value, dict):
        return sum(_numbers(item) for item in value.values())
    if isinstance(value, list | tuple | set):
        return sum(_numbers(item) for item in value)
    return len(value) if isinstance(value, str | bytes) else 1


def differs(call: ProbeCall, run: Run) -> bool:
    """Whether the learner's answer to a call is not the reference's."""
    try:
        right = run.reference(call.probe, **call.arguments)
    except (RuntimeError, AssertionError):  # the reference has no answer, so nothing can be said
        return False
    return call.outcome[0] != "data" or bool(call.outcome[2]) or compare.difference(call.outcome[1], right) is not None


def _module(exercise: Exercise, mistake: Mistake) -> types.ModuleType | None:
    try:
        source = reference_source.edited(exercise, mistake)
    except reference_source.BadMistake:  # `verify` tells its author; a learner has no use for it
        return None
    module = reference_source.module(source, f"mistake_{mistake.id.replace('-', '_')}", "<mistake>")
    return side_effects.SideEffectRecorder(module, exercise.symbols, exercise.changes).impl
