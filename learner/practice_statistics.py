"""Figures about a learner's practice, all derived from when attempts were made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

PAUSE = timedelta(minutes=15)
SHORTEST = timedelta(minutes=1)


class Count(NamedTuple):
    """How many of a month's exercises have passed."""

    passed: int
    total: int


@dataclass(frozen=True)
class Summary:
    """A learner's progress. `again` counts exercises that passed an older version of their checks only."""

    passed: int
    total: int
    attempts: int
    minutes: int
    streak_days: int
    by_month: dict[str, Count]
    again: int = 0


def minutes(times: Iterable[datetime]) -> int:
    """Minutes spent, estimated from the times of attempts.

    Attempts less than 15 minutes apart belong to one sitting, which lasts from its first to its last attempt,
    and at least a minute. Longer gaps are taken for pauses and do not count.
    """
    ordered = sorted(times)
    spent = timedelta()
    start = 0
    for i in range(len(ordered)):
        if i + 1 == len(ordered) or ordered[i + 1] - ordered[i] >= PAUSE:
            spent += max(ordered[i] - ordered[start], SHORTEST)
            start = i + 1
    return round(spent / SHORTEST)


def streak_days(days: Iterable[date], today: date) -> int:
    """Consecutive days with at least one attempt, up to today, or up to yesterday if today has none yet."""
    practised = set(days)
    day = today if today in practised else today - timedelta(days=1)
    length = 0
    while day in practised:
        length += 1
        day -= timedelta(days=1)
    return length


def local_day(at: datetime, now: datetime) -> date:
    """The learner's calendar day of an attempt: in the time zone of `now`, or the system's if it has none."""
    return at.astimezone(now.tzinfo).date()
