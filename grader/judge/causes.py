"""Tells the checks that are about a cause from those that fail only because of it.

A red check is about something to mend. A waiting check fails too, but it can be judged only once the cause is mended:
one slip must look like one slip.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

# name: a name that the page asks for is missing. call: the code refuses the page's arguments. form: a result has the
# wrong type, shape or dtype. raised: the code raises.
# value: a result differs from the reference's. property: a property of the results does not hold.
# rule: a rule of all exercises is broken (dtype, device, gradients, side effects).
Kind = Literal["name", "call", "form", "raised", "value", "property", "rule"]
BLOCKING: tuple[Kind, ...] = ("name", "call", "form")


@dataclass(frozen=True)
class Failure:
    """Why a check failed. Failures with equal `kind` and `cause` have the same cause; `methods` are those of the
    solution that the check called; `diagnosis` is the id of a kit.Diagnosis."""

    check: str
    kind: Kind
    cause: str = ""
    methods: frozenset[str] = frozenset()
    diagnosis: str = ""


def red_checks(failures: Sequence[Failure], is_explained: bool) -> set[str]:
    """Returns the names of the failed checks that are about a cause; the others wait.

    failures: those of one solution, in the order of its checks
    is_explained: whether one known mistake explains all of the solution's results
    """
    for kind in BLOCKING:  # nothing can be judged that needs the name, the call or the form
        if blocking := [failure for failure in failures if failure.kind == kind]:
            if kind == "form" and failures[0].diagnosis:  # the first check has measured why
                return {failures[0].check}
            first = _first_of_each(blocking)
            return {failure.check for failure in (first if kind == "call" else first[:1])}
    about = {kind: [failure for failure in failures if failure.kind == kind] for kind in ("raised", "property", "rule")}
    raised = _first_of_each(about["raised"])
    # a diagnosis says more than the values that it explains
    by_diagnosis = sorted(failures, key=lambda failure: not failure.diagnosis)
    values = _independent([failure for failure in by_diagnosis if failure.kind == "value"])
    if not is_explained:
        return {failure.check for failure in (*raised, *about["property"], *values, *about["rule"])}
    first = [failure for failure in failures if failure.kind in ("raised", "value")][:1]
    return {failure.check for failure in about["property"] or first or about["rule"]}


def _first_of_each(failures: Sequence[Failure]) -> list[Failure]:
    """Returns the first failure of each cause, in the order of the checks."""
    first: dict[str, Failure] = {}
    for failure in failures:
        first.setdefault(failure.cause, failure)
    return list(first.values())


def _independent(failures: Sequence[Failure]) -> list[Failure]:
    """Returns the first wrong value, and others that do not call all methods that an earlier one called."""
    chosen: list[Failure] = []
    for failure in failures:
        if not any(earlier.methods <= failure.methods for earlier in chosen):
            chosen.append(failure)
    return chosen
