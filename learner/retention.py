"""When a passed exercise comes back, and how well it is remembered, by the FSRS scheduler of the package fsrs.

FSRS (https://github.com/open-spaced-repetition/awesome-fsrs/wiki/The-Algorithm) models a memory by its stability, the
days after which recall has a probability of 90 %. An exercise is a card. Its first pass and every passed return are
reviews rated "good"; a return that did not pass is rated "again".

The card's learning steps set the first intervals: the first pass moves the card from the step of 3 days to the step of
7, so returns come due a week, a month (30 days) and three months (91 days) after the pass before. From then on an
interval is FSRS's own, at a desired retention of 90 % and with its published default parameters: 307 days, then longer.
A failed return goes back to the step of 3 days; from FSRS's own intervals it goes to a relearning step of 7 days.
Intervals are not randomized ("fuzzing" is off), so the same returns always give the same dates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fsrs import Scheduler

LEARNING_DAYS = (3, 7, 30, 91)
RELEARNING_DAYS = (7,)
DESIRED_RETENTION = 0.9


@dataclass(frozen=True)
class Review:
    """A finished return: when it was begun and when it ended, in UTC, and whether it passed."""

    started: datetime
    ended: datetime
    passed: bool


@dataclass(frozen=True)
class Retention:
    """The state of a memory. `last` is the latest review and `due` the next one, in UTC; `retrievability` is the
    probability, from 0 to 1, that a return passes now. `counted` says of each review whether it was scheduled by."""

    last: datetime
    due: datetime
    retrievability: float
    counted: tuple[bool, ...] = ()

    @property
    def interval(self) -> timedelta:
        return self.due - self.last


def retention(first_pass: datetime, reviews: Sequence[Review], now: datetime) -> Retention:
    """Returns the state of a memory at `now`, given the first pass and all returns, the oldest first.

    A return that was begun before it was due is practice and does not change the schedule.
    """
    from fsrs import Card, Rating

    scheduler = _scheduler()
    last = first_pass.astimezone(UTC)
    card, _ = scheduler.review_card(Card(card_id=1, due=last), Rating.Good, last)
    counted = []
    for review in reviews:
        counted.append(review.started >= card.due)
        if counted[-1]:
            last = max(review.ended.astimezone(UTC), last)
            card, _ = scheduler.review_card(card, Rating.Good if review.passed else Rating.Again, last)
    return Retention(last, card.due, scheduler.get_card_retrievability(card, now.astimezone(UTC)), tuple(counted))


@cache
def _scheduler() -> Scheduler:
    from fsrs import Scheduler

    return Scheduler(
        desired_retention=DESIRED_RETENTION,
        learning_steps=[timedelta(days=days) for days in LEARNING_DAYS],
        relearning_steps=[timedelta(days=days) for days in RELEARNING_DAYS],
        enable_fuzzing=False,
    )
