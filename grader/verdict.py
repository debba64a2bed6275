"""The result of a check: the JSON contract of `fromscratch check --json`."""

from __future__ import annotations

from typing import Literal

import msgspec

Outcome = Literal["passed", "failed", "error", "timeout", "crashed"]
# How much of a verdict is needed. "explained": all checks, mistakes and their pairs, the first step that differs, small
# inputs that fail. "named": the checks end at the mistake that is expected, once it alone gives their results.
# "failed": at the first failure.
Depth = Literal["explained", "named", "failed"]


class Check(msgspec.Struct, frozen=True):
    """One test. `title` describes it to people; `message` says what is wrong where it did not pass.

    A "waiting" check fails too, but for the same cause as a "failed" one, so it says nothing until that is mended.
    """

    name: str
    outcome: Literal["passed", "failed", "waiting", "skipped"]
    message: str
    seconds: float
    title: str = ""


# the prefixes of the ids of general rules, of errors with one usual cause, of what a check has measured, and of small
# changes of the reference; those of an exercise's mistakes have no colon
RULE = "rule:"
ERROR = "error:"
MEASURED = "check:"
EDIT = "edit:"


class MatchedMistake(msgspec.Struct, frozen=True):
    """A known mistake, a pair of them, or a small change of the reference, whose results equal the learner's in all
    checks; or a broken general rule, or an error with one usual cause."""

    id: str
    says: str

    @property
    def evidence(self) -> str:
        if self.is_rule:
            return "This is a rule in all exercises."
        if self.is_error:
            return "The error of your code shows this."
        if self.id.startswith(MEASURED):
            return "A check has measured this."
        if self.id.startswith(EDIT):
            return "It was found among small changes of the correct code."
        return f"Your result is exactly the result of {'these mistakes' if '+' in self.id else 'this mistake'}."

    @property
    def is_rule(self) -> bool:
        return self.id.startswith(RULE)

    @property
    def is_error(self) -> bool:
        return self.id.startswith(ERROR)

    @property
    def explains_all(self) -> bool:
        """Whether it gives the learner's results in all checks: a rule, an error and a measurement explain their own
        check."""
        return not self.id.startswith((RULE, ERROR, MEASURED))


class Stage(msgspec.Struct, frozen=True):
    """A variable of the reference, and whether the learner's code ever computed its value."""

    name: str
    present: bool


class UsedPart(msgspec.Struct, frozen=True):
    """A part that the solution imported, in a check that takes the learner's passed parts. `problem` says why a part
    that the learner has passed is the reference's all the same."""

    name: str
    owner: Literal["yours", "reference"]
    problem: str = ""


RANDOM_INPUTS = "random inputs: "  # the prefix of the names of such checks; the probe's name follows


class Verdict(msgspec.Struct, frozen=True):
    """The result of all checks. `message` is the sentence to read first, `line` a line of the learner's file, and
    `sandbox` the level at which the code ran (engine/sandbox/policy.py), or "" if it did not run."""

    exercise: str
    outcome: Outcome
    checks: list[Check]
    version: int = 1
    mistake: MatchedMistake | None = None
    missing_stage: str | None = None
    output: str = ""
    seconds: float = 0.0
    message: str = ""
    line: int | None = None
    line_text: str | None = None
    stages: list[Stage] = []
    notes: list[str] = []
    sandbox: Literal["strict", "kernel", "limits", ""] = ""
    parts: list[UsedPart] = []

    @property
    def passed(self) -> bool:
        return self.outcome == "passed"

    @property
    def parts_used(self) -> str:
        """Says which parts are the learner's and which the reference's, or "" if this check does not tell them
        apart."""
        yours = [part.name for part in self.parts if part.owner == "yours"]
        others = [part.name for part in self.parts if part.owner != "yours"]
        problems = "".join(f" {part.problem}" for part in self.parts if part.problem)
        if not yours:
            return f"Parts: all are the reference's: {_listed(others)}.{problems}" if others else ""
        rest = f"; the reference's: {_listed(others)}" if others else ""
        return f"Parts: yours: {_listed(yours)}{rest}.{problems}"

    @property
    def to_mend(self) -> str:
        """Counts what there is to mend: "1 thing to mend, 9 checks wait for it"."""
        failed = sum(check.outcome == "failed" for check in self.checks)
        waiting = sum(check.outcome == "waiting" for check in self.checks)
        named = 1 + self.mistake.id.count("+") if self.mistake is not None and self.mistake.explains_all else 0
        failed = max(failed, named)  # two mistakes can fail one check
        things = f"{failed} thing{'' if failed == 1 else 's'} to mend"
        if not waiting:
            return things
        wait = "1 check waits" if waiting == 1 else f"{waiting} checks wait"
        return f"{things}, {wait} for {'it' if failed == 1 else 'them'}"


class CheckPlan(msgspec.Struct, frozen=True):
    """Lists the checks that will run, as (name, title), before the first one does."""

    names: list[tuple[str, str]]


class CheckEnded(msgspec.Struct, frozen=True):
    """A check has ended."""

    check: Check


class TrainingStep(msgspec.Struct, frozen=True):
    """The learner's model has reached training step `step` of `of`. The learner's process reports it, unverified."""

    step: int
    of: int
    loss: float


Event = CheckPlan | CheckEnded | TrainingStep


class Trial(msgspec.Struct, frozen=True):
    """The result of trying to break a solution. `arguments` is the smallest input found that breaks it; there, the
    solution returned `theirs` and the reference `expected`, as text. `tried` counts the inputs that were run."""

    outcome: Literal["survived", "broke", "invalid"]
    says: str
    arguments: dict[str, int | str | list[int]] | None = None
    theirs: str = ""
    expected: str = ""
    tried: int = 0


def to_json(verdict: Verdict) -> bytes:
    """Returns one JSON object, without a newline at the end."""
    return msgspec.json.encode(verdict)


def _listed(names: list[str]) -> str:
    return ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1]
