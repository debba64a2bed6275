"""A clock that was wrong for a while affects neither the order of attempts nor the streak."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from exercises.course import Course
from learner.monotonic_timestamps import make_monotonic
from learner.progress import Progress

START = datetime(2024, 10, 5, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
times = st.lists(st.integers(-500, 500).map(lambda days: START + days * DAY))


@given(times)
def test_times_never_decrease(recorded: list[datetime]) -> None:
    corrected = make_monotonic(recorded)
    assert corrected == sorted(corrected) and len(corrected) == len(recorded)
    assert set(corrected) <= set(recorded)
    assert make_monotonic(corrected) == corrected


@given(times.filter(lambda times: len(times) > 5), st.data())
def test_one_wrong_time_does_not_change_the_others(recorded: list[datetime], data: st.DataObject) -> None:
    right = sorted(recorded)
    at = data.draw(st.integers(2, len(right) - 3))
    wrong = [*right]
    wrong[at] += data.draw(st.sampled_from([-1, 1])) * 2000 * DAY
    corrected = make_monotonic(wrong)
    assert corrected[:at] + corrected[at + 1 :] == right[:at] + right[at + 1 :]
    assert right[at - 1] <= corrected[at] <= right[at + 1]


def record_on_days(path: Path, course: Course, days: list[int]) -> Progress:
    """Returns progress with an attempt on each of the days, with the last one as the present time."""
    readings = [START]
    progress = Progress(path, lambda: readings[-1])
    for day in days:
        readings.append(START + day * DAY)
        progress.record("norm", course.exercise("norm").version, b"mine", {"outcome": "failed"})
    return progress


def test_a_clock_that_was_fast_for_a_day(tmp_path: Path, course: Course) -> None:
    with record_on_days(tmp_path / "progress.db", course, [0, 1, 900, 2, 3]) as progress:
        shown = [attempt.at for attempt in progress.history("norm")]
        assert shown == [START, START + DAY, START + DAY, START + 2 * DAY, START + 3 * DAY]
        assert [attempt.at for _, attempt in progress.recent(5)] == shown[::-1]
        assert [attempt.id for _, attempt in progress.recent(3)] == [5, 4, 3]
        assert progress.summary(course, START + 3 * DAY).streak_days == 4


def test_a_clock_that_is_slow_now(tmp_path: Path, course: Course) -> None:
    with record_on_days(tmp_path / "progress.db", course, [0, 1, 2, 3, -8000]) as progress:
        shown = [attempt.at for attempt in progress.history("norm")]
        assert shown[-1] == shown[-2] == START + 3 * DAY
        assert progress.recent(1)[0][1].id == 5
        assert progress.summary(course, START - 8000 * DAY).streak_days == 4
