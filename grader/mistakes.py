"""Names a known mistake: the one whose results are exactly the learner's."""

from __future__ import annotations

import time
import types
from typing import Any

import torch

from exercises.course import Exercise, Mistake
from grader import compare, oracle
from grader.running import Call, Run, attempt

PATIENCE = 0.5  # seconds for finding a mistake that explains a part: the verdict waits for it
ENOUGH = 5


def named(exercise: Exercise, run: Run, failed: list[str], probes: dict[str, Any]) -> tuple[Mistake, bool] | None:
    """(the mistake that explains the calls of this check, whether it explains all of them), or None.

    A mistake that agrees with every call is preferred. Otherwise it is one that agrees with every telling call
    (where the learner differs from the reference) of a failed test, as when two things are wrong, and with all
    that the learner has right."""
    calls = list(run.calls.values())
    telling = [call for call in calls if differs(call, run)]
    if not telling:
        return None
    modules = [(mistake, module) for mistake in exercise.mistakes if (module := _module(exercise, mistake))]
    results: dict[tuple[str, int], tuple[Any, ...]] = {}

    def agrees(mistake: Mistake, module: types.ModuleType, call: Call, strictly: bool) -> bool:
        key = (mistake.id, id(call))
        if key not in results:
            results[key] = attempt(probes[call.probe], module, call.arguments)
        return same_outcome(call.outcome, results[key], strictly)

    for strictly in (True, False):
        for mistake, module in modules:
            if all(agrees(mistake, module, call, strictly) for call in [*telling, *calls]):
                return mistake, True
    fine = [call for call in calls if call not in telling]
    until = time.monotonic() + PATIENCE
    for test in failed:
        here = [call for call in telling if test in call.tests and call.outcome[0] == "data"]
        if sum(_numbers(call.outcome[1]) for call in here) < ENOUGH:
            continue  # a case shrunk to two numbers agrees with too much
        for mistake, module in modules:
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
        return compare.difference(one[1], other[1]) is None
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


def differs(call: Call, run: Run) -> bool:
    try:
        right = run.reference(call.probe, **call.arguments)
    except (RuntimeError, AssertionError):  # the reference has no answer, so nothing can be said
        return False
    return call.outcome[0] != "data" or compare.difference(call.outcome[1], right) is not None


def _module(exercise: Exercise, mistake: Mistake) -> types.ModuleType | None:
    try:
        source = oracle.edited(exercise, mistake)
    except oracle.BadMistake:  # `verify` tells its author; a learner has no use for it
        return None
    return oracle.module(source, f"mistake_{mistake.id.replace('-', '_')}", "<mistake>")
