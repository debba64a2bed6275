"""A learner's progress. Attempts and answers are stored; all states and statistics are derived from them."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Self

from exercises.course import Course
from exercises.exercise import Exercise
from learner import practice_statistics as statistics
from learner.errors import ProgressError
from learner.hints import HintsMixin
from learner.memory_questions import QuestionsMixin
from learner.monotonic_timestamps import make_monotonic
from learner.practice_statistics import PassCount, Summary
from learner.quizzes import QuizAnswersMixin
from learner.retired_exercises import RetiredExercisesMixin
from learner.returns import PRACTICE_EVENTS, ReturnsMixin
from learner.store import UNREADABLE, describe_error, file_identity, open_store
from learner.stub_manifest import digest

__all__ = ["Attempt", "PassCount", "Progress", "ProgressError", "State", "Summary"]

State = Literal["new", "started", "failed", "passed", "again"]
OUTCOMES = ("passed", "failed", "error", "timeout", "crashed")


@dataclass(frozen=True)
class Attempt:
    """One check of a file. `at` is in UTC; `seconds` is the duration of the check.

    Times never decrease from one attempt to the next, even if the clock did (`learner.monotonic_timestamps`).
    """

    at: datetime
    outcome: str
    source: bytes
    verdict: dict[str, Any]
    seconds: float
    version: str = ""
    id: int = 0

    @property
    def by_assistant(self) -> bool:
        """Whether the learner's assistant asked for the check."""
        return self.verdict.get("asked_by") == "assistant"


ATTEMPT_COLUMNS = "at, outcome, source, verdict, seconds, version, id"


def _attempt(row: Sequence[Any]) -> Attempt:
    at, outcome, source, verdict, seconds, version, id = row
    try:
        decoded = json.loads(verdict)
    except ValueError:  # damaged since the store was opened; the next start repairs it
        decoded = {}
    return Attempt(datetime.fromtimestamp(at, UTC), outcome, source, decoded, seconds, version, id)


def _with_monotonic_times(attempts: Sequence[Attempt], now: datetime) -> list[Attempt]:
    times = make_monotonic([*(attempt.at for attempt in attempts), now])
    return [replace(attempt, at=at) for attempt, at in zip(attempts, times, strict=False)]


class Progress(HintsMixin, QuizAnswersMixin, ReturnsMixin, QuestionsMixin, RetiredExercisesMixin):
    """A learner's progress.db; a context manager. Its methods raise ProgressError, which says what to do.

    `message` is None, or says how the store was recovered. The store is opened again if its file is damaged, deleted
    or replaced while it is in use, which can set a new message.
    """

    def __init__(self, path: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.path = Path(path)
        self._clock = clock
        self._lock = threading.RLock()
        self._connection, self.message = open_store(self.path, clock().astimezone())
        self._file = file_identity(self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the store. Everything recorded is already on the disk."""
        with self._lock:
            self._connection.close()

    def record(self, exercise_id: str, exercise_version: str, source: bytes, verdict: dict[str, Any]) -> int:
        """Stores an attempt durably before it returns the attempt's number."""
        outcome = verdict["outcome"]
        if outcome not in OUTCOMES:
            raise ValueError(f"{outcome!r} is not an outcome; it must be one of {', '.join(OUTCOMES)}.")
        row = (
            exercise_id,
            exercise_version,
            self._clock().timestamp(),
            outcome,
            float(verdict.get("seconds", 0.0)),
            digest(source),
            bytes(source),
            json.dumps(verdict),
        )
        return self._change(
            "INSERT INTO attempt (exercise, version, at, outcome, seconds, digest, source, verdict)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            *row,
        )

    def state(self, exercise: Exercise) -> State:
        """Returns the state of an exercise.

        "new": no attempts. "started": attempts with the unmodified stub only. "passed": an attempt passed the
        present checks. "again": an attempt passed different checks, and there is none at the present ones. "failed":
        all other cases.
        """
        rows = self._query(
            "SELECT version, max(outcome = 'passed') FROM attempt WHERE exercise = ? GROUP BY version",
            exercise.id,
        )
        return self._state(exercise, {version: bool(passed) for version, passed in rows})

    def states(self, course: Course) -> dict[str, State]:
        """Returns the states of all exercises of a course by id."""
        versions: dict[str, dict[str, bool]] = {}
        rows = self._query("SELECT exercise, version, max(outcome = 'passed') FROM attempt GROUP BY exercise, version")
        for id, version, passed in rows:
            versions.setdefault(id, {})[version] = bool(passed)
        return {exercise.id: self._state(exercise, versions.get(exercise.id, {})) for exercise in course.exercises}

    def _state(self, exercise: Exercise, passed: dict[str, bool]) -> State:
        """Returns the state, given whether an attempt has passed for each version that has attempts."""
        if not passed:
            return "new"
        if passed.get(exercise.version):
            return "passed"
        if any(passed.values()) and exercise.version not in passed:
            return "again"
        modified = self._query(
            "SELECT 1 FROM attempt WHERE exercise = ? AND digest != ? LIMIT 1",
            exercise.id,
            digest(exercise.stub.encode()),
        )
        return "failed" if modified else "started"

    def history(self, exercise_id: str) -> list[Attempt]:
        """Returns all attempts at an exercise, the oldest first."""
        return _with_monotonic_times(self._attempts("WHERE exercise = ? ORDER BY id", exercise_id), self._clock())

    def last_attempt(self, exercise_id: str) -> Attempt | None:
        """Returns the latest attempt at an exercise."""
        attempts = self._attempts("WHERE exercise = ? ORDER BY id DESC LIMIT 1", exercise_id)
        return attempts[0] if attempts else None

    def attempt_count(self, exercise_id: str) -> int:
        """Returns the number of attempts at an exercise, without reading them."""
        return int(self._query("SELECT count(*) FROM attempt WHERE exercise = ?", exercise_id)[0][0])

    def recent(self, count: int) -> list[tuple[str, Attempt]]:
        """Returns the latest attempts at all exercises as (exercise id, attempt), the newest first."""
        rows = self._query(f"SELECT {ATTEMPT_COLUMNS}, exercise FROM attempt ORDER BY id DESC LIMIT ?", count)
        attempts = _with_monotonic_times([_attempt(row[:-1]) for row in reversed(rows)], self._clock())
        return list(zip([row[-1] for row in rows], reversed(attempts), strict=True))

    def _attempts(self, where: str, *values: object) -> list[Attempt]:
        return [_attempt(row) for row in self._query(f"SELECT {ATTEMPT_COLUMNS} FROM attempt {where}", *values)]

    def solution_viewed(self, exercise_id: str) -> bool:
        """Whether the learner has viewed the solution."""
        return bool(self._query("SELECT 1 FROM solution WHERE exercise = ?", exercise_id))

    def record_solution_view(self, exercise_id: str) -> None:
        """Records that the learner has viewed the solution. Raises ProgressError while a return is open."""
        self.refuse_help(exercise_id)
        self._change("INSERT OR IGNORE INTO solution VALUES (?, ?)", exercise_id, self._clock().timestamp())

    def material_done(self, material_id: str) -> bool:
        """Whether a material is ticked."""
        return bool(self._query("SELECT 1 FROM material WHERE id = ?", material_id))

    def materials_done(self) -> set[str]:
        """Returns the ids of all materials that are ticked."""
        return {id for (id,) in self._query("SELECT id FROM material")}

    def set_material(self, material_id: str, done: bool) -> None:
        """Ticks or unticks a material."""
        if done:
            self._change("INSERT OR IGNORE INTO material VALUES (?, ?)", material_id, self._clock().timestamp())
        else:
            self._change("DELETE FROM material WHERE id = ?", material_id)

    def last_exercise(self) -> str | None:
        """Returns the id of the exercise that was opened last."""
        rows = self._query("SELECT value FROM place WHERE name = 'exercise'")
        return str(rows[0][0]) if rows else None

    def current_exercise(self, course: Course) -> Exercise:
        """Returns the exercise of the latest attempt or the next unpassed one; before attempts, the one last opened."""
        attempted = next((id for id, _ in self.recent(1)), None)
        known = {exercise.id: exercise for exercise in course.exercises}
        latest = known.get(attempted or self.last_exercise() or "")
        states = self.states(course)
        if latest is None or (attempted and states[latest.id] == "passed"):
            start = course.exercises.index(latest) + 1 if latest else 0
            ordered = course.exercises[start:] + course.exercises[:start]
            return next((exercise for exercise in ordered if states[exercise.id] != "passed"), ordered[0])
        return latest

    def set_last_exercise(self, exercise_id: str) -> None:
        """Records the exercise that the next start opens."""
        self._change("INSERT OR REPLACE INTO place VALUES ('exercise', ?)", exercise_id)

    def summary(self, course: Course, now: datetime) -> Summary:
        """Returns the learner's statistics, with days in the time zone of `now`."""
        states = self.states(course)
        attempts = int(self._query("SELECT count(*) FROM attempt")[0][0])
        times: list[datetime] = []
        today = now
        returns = f"recall WHERE event IN {PRACTICE_EVENTS}"
        for table in ("attempt", "quiz_answer", returns):
            recorded = [datetime.fromtimestamp(at, UTC) for (at,) in self._query(f"SELECT at FROM {table} ORDER BY id")]
            # The present time can be wrong too, so it is corrected together with the recorded times.
            *past, present = make_monotonic([*recorded, now])
            times += past
            today = max(today, present)
        days = {statistics.local_day(at, now) for at in times}
        by_month = {
            month.id: PassCount(
                sum(states[exercise.id] == "passed" for exercise in month.exercises), len(month.exercises)
            )
            for month in course.months
        }
        return Summary(
            passed=sum(count.passed for count in by_month.values()),
            total=sum(count.total for count in by_month.values()),
            attempts=attempts,
            minutes=statistics.minutes(times),
            streak_days=statistics.streak_days(days, statistics.local_day(today, now)),
            by_month=by_month,
            again=sum(state == "again" for state in states.values()),
        )

    def _query(self, query: str, *values: object) -> Sequence[tuple[Any, ...]]:
        return self._execute(query, values)[0]

    def _change(self, query: str, *values: object) -> int:
        """Changes the store and returns the id of the last row inserted."""
        return self._execute(query, values, change=True)[1]

    def _execute(self, query: str, values: Sequence[object], change: bool = False) -> tuple[list[tuple[Any, ...]], int]:
        with self._lock:
            try:
                if change and self._file is not None and file_identity(self.path) != self._file:
                    # A change of a deleted or replaced file would be lost.
                    self._reopen()
                try:
                    return self._execute_once(query, values)
                except sqlite3.DatabaseError as error:
                    if getattr(error, "sqlite_errorcode", 0) & 0xFF not in UNREADABLE:
                        raise
                self._reopen()
                return self._execute_once(query, values)
            except sqlite3.Error as error:
                raise ProgressError(describe_error(error, self.path)) from error

    def _execute_once(self, query: str, values: Sequence[object]) -> tuple[list[tuple[Any, ...]], int]:
        cursor = self._connection.execute(query, values)
        return cursor.fetchall(), int(cursor.lastrowid or 0)

    def _reopen(self) -> None:
        with suppress(sqlite3.Error):
            self._connection.close()
        self._connection, message = open_store(self.path, self._clock().astimezone())
        self._file = file_identity(self.path)
        self.message = message or self.message
