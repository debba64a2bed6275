"""Declarations for probes: bounded arguments, summaries, and the error for solutions that cannot be probed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self, TypeVar

Probe = TypeVar("Probe", bound=Callable[..., Any])


class ProbeProblem(Exception):
    """The solution lacks something that every check needs; the text is a message for the learner."""


class MissingName(ProbeProblem):
    """The solution lacks a name that the page asks for; nothing else can be concluded from the call."""


@dataclass(frozen=True)
class _Bounded:
    bounds: tuple[float, ...]

    def __class_getitem__(cls, bounds: tuple[float, ...]) -> Self:
        return cls(bounds)


class Int(_Bounded):
    """The annotation of an integer argument, with its minimum and maximum: `Int[1, 16]`."""

    bounds: tuple[float, ...]


class Float(_Bounded):
    """The annotation of a number in a try, with its minimum and maximum: `Float[0.1, 5]`."""


class Text(_Bounded):
    """The annotation of a text argument, with its minimum and maximum length: `Text[0, 200]`."""


class Ints(_Bounded):
    """The annotation of a list of integers, with its minimum and maximum length and the minimum and maximum of
    its items: `Ints[0, 12, 0, 30]`. Its default is a tuple."""


def summarized_by(summary: Callable[[Any], Any]) -> Callable[[Probe], Probe]:
    """Declares that the judge applies `summary` to the probe's data; tests and comparisons receive the summary.

    A probe returns raw data, such as tensors with random masks, and its summary draws the conclusions from them:
    statistics that are equal for all correct solutions. It runs in the judge, where learners' code cannot change it.
    """

    def declare(probe: Probe) -> Probe:
        probe.summary = summary  # type: ignore[attr-defined]
        return probe

    return declare


def summarized(probe: Callable[..., Any], data: Any) -> Any:
    """Returns the summary of a probe's data, or the data of a probe without a summary."""
    summary = getattr(probe, "summary", None)
    return summary(data) if summary else data


def stochastic(probe: Probe) -> Probe:
    """Declares that a probe's intermediate steps depend on random draws, so they cannot be compared one by one."""
    probe.stochastic = True  # type: ignore[attr-defined]
    return probe
