"""What a check says: the JSON contract of `fromscratch check --json`."""

from __future__ import annotations

from typing import Literal

import msgspec

Outcome = Literal["passed", "failed", "error", "timeout", "crashed"]


class Check(msgspec.Struct, frozen=True):
    """One test. `title` is its sentence for people, `message` says what is wrong when it did not pass."""

    name: str
    outcome: Literal["passed", "failed", "skipped"]
    message: str
    seconds: float
    title: str = ""


class MatchedMistake(msgspec.Struct, frozen=True):
    """A known mistake that gives exactly the learner's result: all of it, or (`exact` false) in a failed check."""

    id: str
    says: str
    exact: bool = True


class Stage(msgspec.Struct, frozen=True):
    """A step of the reference by its variable's name, and whether the learner's code ever made its value."""

    name: str
    present: bool


BY_CHANCE = "by chance: "  # the name of a check of inputs by chance begins so; the probe's name follows


class Verdict(msgspec.Struct, frozen=True):
    """The whole answer. `message` is the one sentence to read first; `line` is in the learner's file. `sandbox` is
    the level that the code ran at (engine/sandbox/policy.py), "" if it did not run."""

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

    @property
    def passed(self) -> bool:
        return self.outcome == "passed"


class CheckPlan(msgspec.Struct, frozen=True):
    """The checks that will run, as (name, title), before the first of them."""

    names: list[tuple[str, str]]


class CheckEnded(msgspec.Struct, frozen=True):
    """One check has ended."""

    check: Check


class TrainingStep(msgspec.Struct, frozen=True):
    """A check trains the learner's model: `step` of `of`, with this loss. It is what the code says of itself."""

    step: int
    of: int
    loss: float


Event = CheckPlan | CheckEnded | TrainingStep


class Trial(msgspec.Struct, frozen=True):
    """How a solution did on inputs that somebody thought of. `arguments`: the smallest input found that breaks it,
    for which it gave `theirs` and the reference `expected`, as text; `tried` counts the inputs that were run."""

    outcome: Literal["survived", "broke", "invalid"]
    says: str
    arguments: dict[str, int | str | list[int]] | None = None
    theirs: str = ""
    expected: str = ""
    tried: int = 0


def to_json(verdict: Verdict) -> bytes:
    """One JSON object, without a line end."""
    return msgspec.json.encode(verdict)
