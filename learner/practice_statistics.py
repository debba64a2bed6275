"""Statistics about a learner's practice, derived from the times of attempts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

MIN_BREAK = timedelta(minutes=15)
MIN_SESSION = timedelta(minutes=1)


class PassCount(NamedTuple):
    """How many of a month's exercises the learner has passed."""

    passed: int
    total: int


@dataclass(frozen=True)
class Summary:
    """A learner's progress. `again` counts exercises that passed only an older version of their checks."""

    passed: int
    total: int
    attempts: int
    minutes: int
    streak_days: int
    by_month: dict[str, PassCount]
    again: int = 0


def minutes(times: Iterable[datetime]) -> int:
    """Returns the minutes of practice, estimated from the times of attempts.

    Attempts less than 15 minutes apart belong to one session, which lasts from its first to its last attempt and
    counts as at least a minute. Longer gaps are breaks.
    """
    ordered = sorted(times)
    total = timedelta()
    start = 0
    for i in range(len(ordered)):
        if i + 1 == len(ordered) or ordered[i + 1] - ordered[i] >= MIN_BREAK:
            total += max(ordered[i] - ordered[start], MIN_SESSION)
            start = i + 1
    return round(total / timedelta(minutes=1))


def streak_days(days: Iterable[date], today: date) -> int:
    """Returns the number of consecutive days with an attempt that end today, or yesterday if today has none yet."""
    practice_days = set(days)
    day = today if today in practice_days else today - timedelta(days=1)
    length = 0
    while day in practice_days:
        length += 1
        day -= timedelta(days=1)
    return length


def local_day(at: datetime, now: datetime) -> date:
    """Returns the calendar day of an attempt in the time zone of `now`, or of the system if `now` has none."""
    return at.astimezone(now.tzinfo).date()
