"""Names the known mistake whose results equal the learner's."""

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

PARTIAL_MATCH_SECONDS = 0.5  # the verdict waits for the search
MIN_VALUES = 5  # a case shrunk to fewer values equals the results of too many mistakes
SLOW_CALL = 0.05  # seconds of the reference; a slower call is not precomputed


class MistakeMatcher:
    """An exercise's known mistakes, and their outcomes for the probe calls compared so far."""

    def __init__(self, exercise: Exercise, probes: dict[str, Any]) -> None:
        self.exercise = exercise
        self.probes = probes
        self.outcomes: dict[tuple[Any, ...], tuple[Any, ...]] = {}

    @cached_property
    def modules(self) -> list[tuple[Mistake, types.ModuleType]]:
        return [
            (mistake, module)
            for mistake in self.exercise.mistake_variants
            if (module := _module(self.exercise, mistake))
        ]

    def outcome(self, mistake: Mistake, module: types.ModuleType, call: ProbeCall) -> tuple[Any, ...]:
        """Returns the mistake's outcome for a call; computed once."""
        key = (mistake.id, mistake.by, call.key)  # the variants of a mistake share its id
        if key not in self.outcomes:
            self.outcomes[key] = call_probe(self.probes[call.probe], module, call.arguments)
        return self.outcomes[key]

    def precompute(self, calls: list[ProbeCall]) -> Iterator[None]:
        """Computes one outcome per step."""
        for mistake, module in self.modules:
            for call in calls:
                if call.seconds < SLOW_CALL:
                    self.outcome(mistake, module, call)
                    yield

    def match(self, run: Run, failed: list[str]) -> tuple[Mistake, bool] | None:
        """Returns (the mistake that explains the learner's results, whether it explains all of them), or None.

        A mistake that agrees with every call is preferred. Otherwise, as when two things are wrong, it must agree
        with the differing calls of one failed test (those in which the learner differs from the reference) and with
        every call that the learner has right."""
        calls = list(run.calls.values())  # in order, since a mistake can be to keep state between calls
        differing = [call for call in calls if differs(call, run)]
        if not differing:
            return None

        def agrees(mistake: Mistake, module: types.ModuleType, call: ProbeCall, strict: bool) -> bool:
            return outcomes_equal(call.outcome, self.outcome(mistake, module, call), strict)

        for strict in (True, False):
            for mistake, module in self.modules:
                if all(agrees(mistake, module, call, strict) for call in [*differing, *calls]):
                    return mistake, True
        correct = [call for call in calls if call not in differing]
        deadline = time.monotonic() + PARTIAL_MATCH_SECONDS
        for test in failed:
            candidates = [call for call in differing if test in call.tests and call.outcome[0] == "data"]
            if sum(_count_values(call.outcome[1]) for call in candidates) < MIN_VALUES:
                continue
            for mistake, module in self.modules:
                if time.monotonic() > deadline:
                    return None
                if all(agrees(mistake, module, call, True) for call in [*candidates, *correct]):
                    return mistake, False
        return None


def outcomes_equal(first: tuple[Any, ...], second: tuple[Any, ...], strict: bool = True) -> bool:
    """Whether two outcomes are equal. `strict` compares the messages of exceptions, not only their types."""
    if first[0] != second[0]:
        return False
    if first[0] == "data":
        return first[2].keys() == second[2].keys() and compare.difference(first[1], second[1]) is None
    return first[1] == second[1] and (not strict or first[2] == second[2])


def _count_values(value: Any) -> int:
    """How many numbers and characters a result contains."""
    if isinstance(value, torch.Tensor):
        return value.numel()
    if isinstance(value, dict):
        return sum(_count_values(item) for item in value.values())
    if isinstance(value, list | tuple | set):
        return sum(_count_values(item) for item in value)
    return len(value) if isinstance(value, str | bytes) else 1


def differs(call: ProbeCall, run: Run) -> bool:
    """Whether the learner's answer to a call differs from the reference's."""
    try:
        expected = run.reference(call.probe, **call.arguments)
    except (RuntimeError, AssertionError):  # the reference has no answer
        return False
    if call.outcome[0] != "data" or call.outcome[2]:
        return True
    return compare.difference(call.outcome[1], expected) is not None


def _module(exercise: Exercise, mistake: Mistake) -> types.ModuleType | None:
    try:
        source = reference_source.edited(exercise, mistake)
    except reference_source.BadMistake:  # `verify` reports it to the author
        return None
    module = reference_source.module(source, f"mistake_{mistake.id.replace('-', '_')}", "<mistake>")
    return side_effects.SideEffectRecorder(module, exercise.symbols, exercise.changes).impl
