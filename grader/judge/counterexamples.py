"""Describes how a solution's answer to an input differs from the reference's."""

from __future__ import annotations

import copy
import types
from dataclasses import dataclass
from typing import Any

import torch

from exercises.inputs import Arguments
from exercises.kit import compare
from exercises.kit.probes import summarized
from grader import messages
from grader.child import gpt2_vocabulary
from grader.judge.learner_process import Stopped
from grader.judge.run import ProbeFunction, call_probe

RTOL, ATOL = 1e-3, 1e-4  # larger than the rounding error of sums in any order
MAX_CHARACTERS, MAX_ELEMENTS = 200, 24  # of a value that is shown

Signatures = dict[str, str]


@dataclass(frozen=True)
class Counterexample:
    """How an input breaks the solution; `actual` and `expected` are the two answers as text."""

    says: str
    actual: str
    expected: str


class RefusedInput(ValueError):
    """The reference itself does not accept the input."""


class ReferenceAnswers:
    """The reference's answers to inputs, each computed once."""

    def __init__(self, reference: types.ModuleType) -> None:
        self.reference = reference
        self.outcomes: dict[tuple[str, str], tuple[Any, ...]] = {}

    def answer(self, name: str, probe: ProbeFunction, case: Arguments) -> Any:
        """Returns the answer to the probe of this name. Raises RefusedInput where the reference raises."""
        key = name, repr(case)
        if key not in self.outcomes:
            self.outcomes[key] = call_probe(probe, self.reference, copy.deepcopy(case))
        outcome = self.outcomes[key]
        if outcome[0] == "raised":
            if outcome[2] == gpt2_vocabulary.MISSING:
                raise RefusedInput(outcome[2])
            raise RefusedInput(f"The reference does not accept this input: {outcome[1]}: {outcome[2]}")
        return outcome[1]


def find_counterexample(
    probe: ProbeFunction,
    reply: dict[str, Any],
    expected: Any,
    actual_signatures: Signatures,
    expected_signatures: Signatures,
) -> Counterexample | None:
    """Compares a learner's reply to a probe with the expected answer; None where they are equal."""
    right = format_value(expected)
    if report := reply.get("raised"):
        message = messages.exception(report, actual_signatures, expected_signatures)
        return Counterexample(messages.impersonal(message), "", right)
    if "unsendable" in reply:
        return Counterexample(f"It returned {reply['unsendable']}, which is not plain data.", "", right)
    actual = reply.get("result")
    try:
        actual = summarized(probe, actual)
        says = compare.difference(actual, expected, RTOL, ATOL)
    except Stopped:
        raise
    except Exception as error:  # data that cannot be compared differ from the reference's
        says = f"Your result has the wrong type or shape ({type(error).__name__})."
    return None if says is None else Counterexample(messages.impersonal(says), format_value(actual), right)


def format_value(value: Any) -> str:
    """A value as text, with numbers to five digits; a large tensor as its shape."""
    if isinstance(value, torch.Tensor):
        if value.numel() > MAX_ELEMENTS or value.device.type == "meta":
            return f"a tensor of shape {tuple(value.shape)}"
        value = value.tolist()
    return compare.show(_rounded(value), MAX_CHARACTERS)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.5g}")
    if isinstance(value, torch.Tensor):
        return _rounded(value.tolist()) if value.numel() <= MAX_ELEMENTS and value.device.type != "meta" else value
    if isinstance(value, list | tuple):
        return type(value)(_rounded(item) for item in value)
    return {key: _rounded(item) for key, item in value.items()} if isinstance(value, dict) else value
