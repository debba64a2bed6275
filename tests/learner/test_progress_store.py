"""Attempts are stored durably, and states and statistics are derived from them."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exercises.course import Course
from learner.passed import passed_exercises
from learner.progress import OUTCOMES, Progress

START = datetime(2024, 10, 5, 12, 0, tzinfo=UTC)


class Clock:
    """A clock that stands still until its time is set."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


def verdict(outcome: str) -> dict[str, object]:
    return {"version": 1, "outcome": outcome, "checks": [], "seconds": 0.25, "output": "ü\udc80\x00"}


def test_an_attempt_is_stored_unchanged(path: Path) -> None:
    with Progress(path, Clock()) as progress:
        first = progress.record("norm", "abc", b"\xff\x00source", verdict("failed"))
        second = progress.record("norm", "abc", b"", verdict("passed"))
        assert second > first
        progress.record("other", "abc", b"", verdict("timeout"))
    with Progress(path) as progress:
        assert progress.message is None
        before, after = progress.history("norm")
        assert (before.at, before.outcome, before.source) == (START, "failed", b"\xff\x00source")
        assert before.seconds == 0.25
        assert before.verdict == verdict("failed")
        assert (before.id, after.id, after.outcome) == (first, second, "passed")
        assert progress.history("never") == []


def test_an_unknown_outcome_is_not_recorded(path: Path) -> None:
    with Progress(path) as progress:
        with pytest.raises(ValueError, match="'ok' is not an outcome"):
            progress.record("norm", "abc", b"", {"outcome": "ok"})
        assert progress.history("norm") == []


def test_states_are_derived_from_attempts(path: Path, course: Course) -> None:
    norm = course.exercise("norm")
    with Progress(path) as progress:
        assert progress.state(norm) == "new"
        progress.set_last_exercise("norm")
        progress.take_hint("norm")
        assert progress.state(norm) == "new", "only attempts count"
        progress.record("norm", norm.version, norm.stub.replace("\n", "\r\n").encode(), verdict("failed"))
        assert progress.state(norm) == "started"
        progress.record("norm", norm.version, b"mine", verdict("crashed"))
        assert progress.state(norm) == "failed"
        progress.record("norm", norm.version, b"mine", verdict("passed"))
        assert progress.state(norm) == "passed"
        progress.record("norm", norm.version, b"broken", verdict("error"))
        assert progress.state(norm) == "passed", "a passed exercise stays passed"
        assert progress.states(course) == {"norm": "passed", "big-block": "new", "late-norm": "new"}


def test_a_pass_of_older_checks_must_be_repeated(
    path: Path, course: Course, course_root: Path, reload: Callable[[], Course]
) -> None:
    with Progress(path) as progress:
        progress.record("norm", course.exercise("norm").version, b"mine", verdict("passed"))
        (course_root / "month_1_first/01_norm/probes.py").write_text("def other(impl): ...\n")
        changed = reload()
        norm = changed.exercise("norm")
        assert progress.state(norm) == "again"
        summary = progress.summary(changed, START)
        assert (summary.passed, summary.again) == (0, 1)
        progress.record("norm", norm.version, b"mine", verdict("failed"))
        assert progress.state(norm) == "failed"
        progress.record("norm", norm.version, b"mine", verdict("passed"))
        assert progress.state(norm) == "passed"


attempts = st.lists(
    st.tuples(
        st.sampled_from(["norm", "big-block", "late-norm"]),
        st.sampled_from(["present", "older"]),
        st.binary(max_size=20) | st.just(b"stub"),
        st.sampled_from(OUTCOMES),
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(attempts)
def test_progress_is_the_same_after_reopening(
    tmp_path_factory: pytest.TempPathFactory, course: Course, recorded: list[tuple[str, str, bytes, str]]
) -> None:
    path = tmp_path_factory.mktemp("progress") / "progress.db"
    with Progress(path) as progress:
        for id, version, source, outcome in recorded:
            exercise = course.exercise(id)
            source = exercise.stub.encode() if source == b"stub" else source
            used = exercise.version if version == "present" else "0" * 12
            progress.record(id, used, source, verdict(outcome))
        states, summary = progress.states(course), progress.summary(course, START)
        histories = {exercise.id: progress.history(exercise.id) for exercise in course.exercises}
    with Progress(path) as progress:
        assert progress.states(course) == states
        assert {exercise.id: progress.state(exercise) for exercise in course.exercises} == states
        assert progress.summary(course, START) == summary
        assert {id: progress.history(id) for id in histories} == histories
    assert summary.attempts == len(recorded)
    passed_now = {id for id, version, _, outcome in recorded if (version, outcome) == ("present", "passed")}
    assert {id for id, state in states.items() if state == "passed"} == passed_now
    assert passed_exercises(path) == {id for id, _, _, outcome in recorded if outcome == "passed"}


def test_hints_solutions_materials_and_the_last_exercise_are_stored(path: Path) -> None:
    with Progress(path) as progress:
        assert (progress.hints("norm"), progress.last_exercise()) == (0, None)
        assert [progress.take_hint("norm"), progress.take_hint("norm")] == [1, 2]
        assert not progress.solution_viewed("norm")
        progress.record_solution_view("norm")
        progress.record_solution_view("norm")
        progress.set_material("video", True)
        progress.set_material("video", True)
        progress.set_material("book", True)
        progress.set_material("book", False)
        progress.set_last_exercise("norm")
        progress.set_last_exercise("big-block")
    with Progress(path) as progress:
        assert (progress.hints("norm"), progress.hints("big-block")) == (2, 0)
        assert progress.solution_viewed("norm") and not progress.solution_viewed("big-block")
        assert progress.material_done("video") and not progress.material_done("book")
        assert progress.materials_done() == {"video"}
        assert progress.last_exercise() == "big-block"


def test_the_summary_counts_attempts_and_days(path: Path, course: Course) -> None:
    clock = Clock()
    with Progress(path, clock) as progress:
        norm = course.exercise("norm")
        for day in (0, 1, 2):
            for minute in (0, 10):
                clock.now = START + timedelta(days=day, minutes=minute)
                progress.record("norm", norm.version, b"mine", verdict("failed"))
        progress.record("norm", norm.version, b"mine", verdict("passed"))
        summary = progress.summary(course, clock.now)
        assert (summary.passed, summary.total, summary.attempts) == (1, 3, 7)
        assert (summary.minutes, summary.streak_days) == (30, 3)
        assert summary.by_month == {"month-1": (1, 2), "month-2": (0, 1)}
        assert progress.summary(course, clock.now + timedelta(days=1)).streak_days == 3
        assert progress.summary(course, clock.now + timedelta(days=2)).streak_days == 0


def test_a_summary_without_attempts(path: Path, course: Course) -> None:
    with Progress(path) as progress:
        summary = progress.summary(course, START)
    assert (summary.passed, summary.attempts, summary.minutes, summary.streak_days) == (0, 0, 0, 0)


def test_a_kill_loses_no_recorded_attempt(path: Path) -> None:
    code = f"""
import itertools
from pathlib import Path
from learner.progress import Progress
progress = Progress(Path({str(path)!r}))
for number in itertools.count():
    print(progress.record("norm", "v", b"x" * 3000, {{"outcome": "failed", "number": number}}), flush=True)
"""
    shown = 0
    for _ in range(3):
        process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        for _ in range(15):
            shown = int(process.stdout.readline())
        process.kill()
        shown = max([shown, *(int(line) for line in process.stdout.read().split("\n")[:-1])])
        process.wait()
        process.stdout.close()
        with Progress(path) as progress:
            assert progress.message is None
            assert [attempt.id for attempt in progress.history("norm")][:shown] == list(range(1, shown + 1))


@pytest.mark.parametrize(("lost", "said"), [(1, False), (2, True)])
def test_a_change_that_was_logged_and_not_committed_is_no_damage(path: Path, lost: int, said: bool) -> None:
    """A program that is killed between the two leaves one such row; more are told to the learner."""
    with Progress(path) as progress:
        for number in range(4):
            progress.record("norm", "v", b"%d" % number, verdict("failed"))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DELETE FROM attempt WHERE id > ?", (4 - lost,))
    with Progress(path) as progress:
        assert ("Attempts were missing" in (progress.message or "")) == said
        assert [attempt.id for attempt in progress.history("norm")] == [1, 2, 3, 4]


def test_every_commit_is_synced(path: Path) -> None:
    with Progress(path) as progress:
        assert progress._connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert progress._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_two_programs_and_two_threads_share_a_store(path: Path) -> None:
    with Progress(path) as first, Progress(path) as second:

        def record(progress: Progress) -> None:
            for _ in range(20):
                progress.record("norm", "v", b"", verdict("failed"))

        threads = [threading.Thread(target=record, args=(progress,)) for progress in (first, first, second)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(first.history("norm")) == len(second.history("norm")) == 60


def test_two_programs_can_create_the_store_at_the_same_time(path: Path) -> None:
    failures: list[Exception] = []

    def create() -> None:
        try:
            Progress(path).close()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_the_latest_attempts(path: Path) -> None:
    clock = Clock()
    with Progress(path, clock) as progress:
        assert progress.last_attempt("norm") is None
        assert progress.recent(3) == []
        for number, name in enumerate(["norm", "block", "norm", "gone"]):
            clock.now = START + timedelta(minutes=number)
            progress.record(name, "abc", str(number).encode(), verdict("failed"))
        assert [progress.attempt_count(id) for id in ("norm", "block", "never")] == [2, 1, 0]
        assert progress.last_attempt("norm") == progress.history("norm")[-1]
        latest = [(name, attempt.source) for name, attempt in progress.recent(2)]
        assert latest == [("gone", b"3"), ("norm", b"2")]


def test_the_current_exercise_follows_the_latest_attempt(path: Path, course: Course) -> None:
    first, second, *_ = course.exercises
    with Progress(path) as progress:
        assert progress.current_exercise(course) is first
        progress.set_last_exercise(second.id)
        assert progress.current_exercise(course) is second  # opened, and nothing was attempted
        progress.record(first.id, first.version, b"x", {"outcome": "failed"})
        assert progress.current_exercise(course) is first  # the other one was only looked at
        progress.record(first.id, first.version, b"x", {"outcome": "passed"})
        assert progress.current_exercise(course) is second
