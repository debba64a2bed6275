"""Minutes and streaks are derived from the times of attempts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learner.practice_statistics import local_day, minutes, streak_days

NOON = datetime(2024, 10, 5, 12, 0, tzinfo=UTC)
TODAY = date(2024, 10, 5)


def at(*after: float) -> list[datetime]:
    """Returns times, given as minutes after noon."""
    return [NOON + timedelta(minutes=minute) for minute in after]


@pytest.mark.parametrize(
    ("after", "spent"),
    [
        ([], 0),
        ([0], 1),
        ([0, 0.2], 1),
        ([0, 5, 14], 14),
        ([0, 14.9], 15),
        ([0, 15], 2),
        ([0, 10, 100, 110, 115], 25),
        ([100, 0, 10], 11),
    ],
)
def test_minutes_are_the_lengths_of_sessions(after: list[float], spent: int) -> None:
    assert minutes(at(*after)) == spent


times = st.lists(st.floats(0, 10_000, allow_nan=False))


@given(times, st.randoms())
def test_minutes_do_not_depend_on_the_order(after: list[float], random: object) -> None:
    shuffled = sorted(after, key=lambda _: random.random())  # type: ignore[attr-defined]
    assert minutes(at(*shuffled)) == minutes(at(*after))


@given(times, st.floats(0, 10_000, allow_nan=False))
def test_a_further_attempt_adds_at_most_the_gaps_around_it(after: list[float], more: float) -> None:
    before, afterwards = minutes(at(*after)), minutes(at(*after, more))
    assert before <= afterwards + 1 and afterwards <= before + 30


@given(st.lists(st.floats(0, 500, allow_nan=False), min_size=1))
def test_minutes_do_not_exceed_the_elapsed_time(after: list[float]) -> None:
    assert 1 <= minutes(at(*after)) <= max(after) - min(after) + len(after) + 1


@pytest.mark.parametrize(
    ("days_ago", "length"),
    [([], 0), ([0], 1), ([1], 1), ([2], 0), ([0, 1, 2], 3), ([1, 2, 3], 3), ([0, 2, 3], 1), ([0, 0, 1], 2)],
)
def test_a_streak_ends_today_or_yesterday(days_ago: list[int], length: int) -> None:
    assert streak_days([TODAY - timedelta(days=ago) for ago in days_ago], TODAY) == length


def test_future_days_do_not_count() -> None:
    assert streak_days([TODAY + timedelta(days=1), TODAY], TODAY) == 1


@given(st.sets(st.integers(0, 40)))
def test_practising_today_makes_a_streak_of_at_least_one_day(days_ago: set[int]) -> None:
    days = {TODAY - timedelta(days=ago) for ago in days_ago}
    with_today = streak_days(days | {TODAY}, TODAY)
    assert with_today >= max(1, streak_days(days, TODAY))
    assert all(TODAY - timedelta(days=ago) in days | {TODAY} for ago in range(with_today))


def test_days_are_local_across_daylight_saving_time() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    late = datetime(2024, 10, 26, 22, 30, tzinfo=UTC)  # 00:30 in Berlin, in daylight saving time
    now = datetime(2024, 10, 28, 12, 0, tzinfo=berlin)  # in standard time
    assert local_day(late, now) == date(2024, 10, 27)
    assert local_day(late, now.astimezone(UTC)) == date(2024, 10, 26)
