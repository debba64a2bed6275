"""How a solution breaks on an input: its answer beside the reference's, in words for people."""

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

RTOL, ATOL = 1e-3, 1e-4  # a break is a clear one: rounding, in any order of sums, is none
SHOWN, ELEMENTS = 200, 24  # characters of a value, numbers of a tensor

Signatures = dict[str, str]


@dataclass(frozen=True)
class Found:
    """How an input broke the solution."""

    says: str
    theirs: str
    expected: str


class Invalid(ValueError):
    """The reference itself takes no such input."""


class Expected:
    """What the reference answers, worked out once for each input."""

    def __init__(self, reference: types.ModuleType) -> None:
        self.reference = reference
        self.known: dict[tuple[str, str], tuple[Any, ...]] = {}

    def answer(self, name: str, probe: ProbeFunction, case: Arguments) -> Any:
        """To the probe of this name. Raises Invalid where the reference raises."""
        key = name, repr(case)
        if key not in self.known:
            self.known[key] = call_probe(probe, self.reference, copy.deepcopy(case))
        outcome = self.known[key]
        if outcome[0] == "raised":
            missing = outcome[2] == gpt2_vocabulary.MISSING
            raise Invalid(outcome[2] if missing else f"The reference refuses this input: {outcome[1]}: {outcome[2]}")
        return outcome[1]


def found(
    probe: ProbeFunction, reply: dict[str, Any], expected: Any, yours: Signatures, signatures: Signatures
) -> Found | None:
    """How a learner's reply to a probe differs from what is expected; the signatures of both help to word it."""
    right = shown(expected)
    if report := reply.get("raised"):
        return Found(messages.of_anyone(messages.of_report(report, yours, signatures)), "", right)
    if "unsendable" in reply:
        return Found(f"It returned {reply['unsendable']}, which is no plain data.", "", right)
    theirs = reply.get("result")
    try:
        theirs = summarized(probe, theirs)
        says = compare.difference(theirs, expected, RTOL, ATOL)
    except Stopped:
        raise
    except Exception as error:  # odd data that cannot be compared are not the reference's
        says = f"Your result cannot be compared with what it should be ({type(error).__name__})."
    return None if says is None else Found(messages.of_anyone(says), shown(theirs), right)


def shown(value: Any) -> str:
    """A value as text, numbers to five digits; a large tensor by its shape."""
    if isinstance(value, torch.Tensor):
        if value.numel() > ELEMENTS or value.device.type == "meta":
            return f"a tensor of shape {tuple(value.shape)}"
        value = value.tolist()
    return compare.show(_rounded(value), SHOWN)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.5g}")
    if isinstance(value, torch.Tensor):
        return _rounded(value.tolist()) if value.numel() <= ELEMENTS and value.device.type != "meta" else value
    if isinstance(value, list | tuple):
        return type(value)(_rounded(one) for one in value)
    return {key: _rounded(one) for key, one in value.items()} if isinstance(value, dict) else value
