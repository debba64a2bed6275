"""The step of GRPO and its reward: the course's, or the learner's where they have passed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from playground.grpo_recipe import GRPO_EXERCISES
from playground.host.host_error import HostError
from playground.host.own_code import OwnCode, PartError
from playground.messages import LearnerFile
from playground.parts_catalogue import GPT
from reference.reasoning_run import grpo_step, reward_rlvr

RUN, LOSS, CHECK = GRPO_EXERCISES
FIGURES = ("loss", "reward", "entropy", "kl")


class GrpoError(HostError):
    """The training cannot go on; the message says what is wrong."""


@dataclass(frozen=True)
class GrpoParts:
    """`step` is grpo_step and `reward` is reward_rlvr; `owners` are (exercise, "yours" or "reference")."""

    step: Callable[..., Any] = grpo_step
    reward: Callable[[str, str], float] = reward_rlvr
    owners: tuple[tuple[str, str], ...] = tuple((exercise, "reference") for exercise in GRPO_EXERCISES)
    code: OwnCode | None = None

    def figures(self, *args: Any, **settings: Any) -> Mapping[str, float]:
        """Makes a step. Returns what it returned, as floats. Raises GrpoError for an error in the learner's code."""
        try:
            result = self.step(*args, **settings)
        except (HostError, ArithmeticError):
            raise
        except (Exception, SystemExit) as error:
            if self.code is None or ("yours" not in dict(self.owners).values()):
                raise
            raise GrpoError(str(self.code.blame(error))) from error
        return _checked(result)


def _checked(result: Any) -> Mapping[str, float]:
    figures = {}
    for name in FIGURES:
        try:
            figures[name] = float(result[name])
        except (KeyError, TypeError, ValueError, RuntimeError):
            raise GrpoError(f'Your grpo_step does not return a dict with a number for "{name}".') from None
        if name != "loss" and not math.isfinite(figures[name]):
            raise GrpoError(f'Your grpo_step returns {figures[name]} as "{name}"; it should be a finite number.')
    return figures


def load_parts(files: Sequence[LearnerFile]) -> GrpoParts:
    """Returns the learner's functions in these files, and the course's for the others.

    The course's step uses the learner's loss and answer check, and the learner's step the course's. Raises GrpoError if
    a file cannot be loaded.
    """
    passed = {file.exercise for file in files}
    owners = tuple((exercise, "yours" if exercise in passed else "reference") for exercise in (RUN, LOSS, CHECK))
    if not passed & {RUN, LOSS, CHECK}:
        return GrpoParts()
    code = OwnCode(GPT, {}, files)
    try:
        if RUN in passed:
            step = code.own_symbol(RUN, "grpo_step", "")
            return GrpoParts(step, code.own_symbol(RUN, "reward_rlvr", ""), owners, code)
        step = code.reference("reference.reasoning_run:grpo_step")
        for exercise, names in ((LOSS, ("group_advantages", "grpo_loss")),
                                (CHECK, ("extract_final_candidate", "grade_answer"))):  # fmt: skip
            if exercise in passed:
                for name in names:
                    step.__globals__[name] = code.own_symbol(exercise, name, "")
        return GrpoParts(step, code.reference("reference.reasoning_run:reward_rlvr"), owners, code)
    except PartError as error:
        raise GrpoError(str(error)) from error
