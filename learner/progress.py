"""What a learner has done. Attempts and answers are the only record of it: every state and figure derives from them."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Self

from exercises.course import Course, Exercise
from learner import practice_statistics as figures
from learner.errors import ProgressError
from learner.monotonic_timestamps import steady
from learner.practice_statistics import Count, Summary
from learner.quizzes import QuizAnswers
from learner.retired_exercises import FormerExercises
from learner.store import UNREADABLE, identity, open_store, says
from learner.stub_manifest import digest

__all__ = ["Attempt", "Count", "Progress", "ProgressError", "State", "Summary", "passed_exercises"]

State = Literal["new", "started", "failed", "passed", "again"]
OUTCOMES = ("passed", "failed", "error", "timeout", "crashed")


@dataclass(frozen=True)
class Attempt:
    """One check of one file. `at` is in UTC, `seconds` how long the check took.

    Times never go back from one attempt to the next, even where the clock did (`learner.monotonic_timestamps`).
    """

    at: datetime
    outcome: str
    source: bytes
    verdict: dict[str, Any]
    seconds: float
    version: str = ""
    id: int = 0


COLUMNS = "at, outcome, source, verdict, seconds, version, id"


def _attempt(row: Sequence[Any]) -> Attempt:
    at, outcome, source, verdict, seconds, version, id = row
    try:
        known = json.loads(verdict)
    except ValueError:  # damaged since the store was opened; the next start mends it
        known = {}
    return Attempt(datetime.fromtimestamp(at, UTC), outcome, source, known, seconds, version, id)


def _steadied(attempts: Sequence[Attempt], now: datetime) -> list[Attempt]:
    times = steady([*(attempt.at for attempt in attempts), now])
    return [replace(attempt, at=at) for attempt, at in zip(attempts, times, strict=False)]


class Progress(QuizAnswers, FormerExercises):
    """One learner's progress.db; a context manager. Its methods raise ProgressError with the remedy.

    `message` says what happened if the store was not simply the one that was there, also later: it is read again
    when its file is damaged, deleted or replaced while it is in use.
    """

    def __init__(self, path: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.path = Path(path)
        self._clock = clock
        self._lock = threading.RLock()
        self._connection, self.message = open_store(self.path, clock().astimezone())
        self._file = identity(self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the store; what was recorded is already on the disk."""
        with self._lock:
            self._connection.close()

    def record(self, exercise_id: str, exercise_version: str, source: bytes, verdict: dict[str, Any]) -> int:
        """Stores an attempt and returns its number; once it returns, no kill or power cut loses it."""
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
        return self._run(
            "INSERT INTO attempt (exercise, version, at, outcome, seconds, digest, source, verdict)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            *row,
        )

    def state(self, exercise: Exercise) -> State:
        """Where the learner stands with an exercise.

        "new": no attempt. "started": only the untouched stub was checked. "passed": passed the exercise's
        present checks, whatever came after. "again": passed other checks than the present ones, which have
        not been tried. "failed": tried, not passed.
        """
        rows = self._rows(
            "SELECT version, max(outcome = 'passed') FROM attempt WHERE exercise = ? GROUP BY version",
            exercise.id,
        )
        return self._state(exercise, {version: bool(passed) for version, passed in rows})

    def states(self, course: Course) -> dict[str, State]:
        """The state of every exercise of a course, by id."""
        versions: dict[str, dict[str, bool]] = {}
        rows = self._rows("SELECT exercise, version, max(outcome = 'passed') FROM attempt GROUP BY exercise, version")
        for id, version, passed in rows:
            versions.setdefault(id, {})[version] = bool(passed)
        return {exercise.id: self._state(exercise, versions.get(exercise.id, {})) for exercise in course.exercises}

    def _state(self, exercise: Exercise, passed: dict[str, bool]) -> State:
        """The state that follows from the versions tried, and whether each has passed."""
        if not passed:
            return "new"
        if passed.get(exercise.version):
            return "passed"
        if any(passed.values()) and exercise.version not in passed:
            return "again"
        own = self._rows(
            "SELECT 1 FROM attempt WHERE exercise = ? AND digest != ? LIMIT 1",
            exercise.id,
            digest(exercise.stub.encode()),
        )
        return "failed" if own else "started"

    def history(self, exercise_id: str) -> list[Attempt]:
        """Every attempt at an exercise, the oldest first."""
        return _steadied(self._attempts("WHERE exercise = ? ORDER BY id", exercise_id), self._clock())

    def last_attempt(self, exercise_id: str) -> Attempt | None:
        """The latest attempt at an exercise."""
        found = self._attempts("WHERE exercise = ? ORDER BY id DESC LIMIT 1", exercise_id)
        return found[0] if found else None

    def count(self, exercise_id: str) -> int:
        """How many attempts at an exercise there were, without reading them."""
        return int(self._rows("SELECT count(*) FROM attempt WHERE exercise = ?", exercise_id)[0][0])

    def recent(self, count: int) -> list[tuple[str, Attempt]]:
        """The latest attempts at any exercise, as (exercise id, attempt), the newest first."""
        rows = self._rows(f"SELECT {COLUMNS}, exercise FROM attempt ORDER BY id DESC LIMIT ?", count)
        attempts = _steadied([_attempt(row[:-1]) for row in reversed(rows)], self._clock())
        return list(zip([row[-1] for row in rows], reversed(attempts), strict=True))

    def _attempts(self, where: str, *values: object) -> list[Attempt]:
        return [_attempt(row) for row in self._rows(f"SELECT {COLUMNS} FROM attempt {where}", *values)]

    def hints(self, exercise_id: str) -> int:
        """How many hints were taken."""
        rows = self._rows("SELECT taken FROM hint WHERE exercise = ?", exercise_id)
        return int(rows[0][0]) if rows else 0

    def take_hint(self, exercise_id: str) -> int:
        """Counts one more hint and returns the count."""
        self._run(
            "INSERT INTO hint VALUES (?, 1) ON CONFLICT (exercise) DO UPDATE SET taken = taken + 1",
            exercise_id,
        )
        return self.hints(exercise_id)

    def solution_seen(self, exercise_id: str) -> bool:
        """Whether the learner has looked at the solution."""
        return bool(self._rows("SELECT 1 FROM solution WHERE exercise = ?", exercise_id))

    def see_solution(self, exercise_id: str) -> None:
        """Remembers that the solution was looked at."""
        self._run("INSERT OR IGNORE INTO solution VALUES (?, ?)", exercise_id, self._clock().timestamp())

    def material_done(self, material_id: str) -> bool:
        """Whether a material is ticked off."""
        return bool(self._rows("SELECT 1 FROM material WHERE id = ?", material_id))

    def materials_done(self) -> set[str]:
        """The ids of all materials that are ticked off."""
        return {id for (id,) in self._rows("SELECT id FROM material")}

    def set_material(self, material_id: str, done: bool) -> None:
        """Ticks a material off, or takes the tick back."""
        if done:
            self._run("INSERT OR IGNORE INTO material VALUES (?, ?)", material_id, self._clock().timestamp())
        else:
            self._run("DELETE FROM material WHERE id = ?", material_id)

    def last_exercise(self) -> str | None:
        """The exercise opened last."""
        rows = self._rows("SELECT value FROM place WHERE name = 'exercise'")
        return str(rows[0][0]) if rows else None

    def open_exercise(self, exercise_id: str) -> None:
        """Remembers where the learner is, to go on there next time."""
        self._run("INSERT OR REPLACE INTO place VALUES ('exercise', ?)", exercise_id)

    def summary(self, course: Course, now: datetime) -> Summary:
        """The learner's figures; days and the streak are those of the time zone of `now`."""
        states = self.states(course)
        attempts = int(self._rows("SELECT count(*) FROM attempt")[0][0])
        times: list[datetime] = []
        today = now
        for table in ("attempt", "quiz_answer"):
            read = [datetime.fromtimestamp(at, UTC) for (at,) in self._rows(f"SELECT at FROM {table} ORDER BY id")]
            # What the clock says now is a reading like any other, and can be the one that is wrong.
            *past, present = steady([*read, now])
            times += past
            today = max(today, present)
        days = {figures.local_day(at, now) for at in times}
        by_month = {
            month.id: Count(sum(states[one.id] == "passed" for one in month.exercises), len(month.exercises))
            for month in course.months
        }
        return Summary(
            passed=sum(count.passed for count in by_month.values()),
            total=sum(count.total for count in by_month.values()),
            attempts=attempts,
            minutes=figures.minutes(times),
            streak_days=figures.streak_days(days, figures.local_day(today, now)),
            by_month=by_month,
            again=sum(state == "again" for state in states.values()),
        )

    def _rows(self, query: str, *values: object) -> Sequence[tuple[Any, ...]]:
        return self._execute(query, values)[0]

    def _run(self, query: str, *values: object) -> int:
        """Changes the store; returns the number of the row that was put in last."""
        return self._execute(query, values, change=True)[1]

    def _execute(self, query: str, values: Sequence[object], change: bool = False) -> tuple[list[tuple[Any, ...]], int]:
        with self._lock:
            try:
                if change and self._file is not None and identity(self.path) != self._file:
                    # What goes into a file that was deleted or replaced would be gone with it.
                    self._reopen()
                try:
                    return self._once(query, values)
                except sqlite3.DatabaseError as error:
                    if getattr(error, "sqlite_errorcode", 0) & 0xFF not in UNREADABLE:
                        raise
                self._reopen()
                return self._once(query, values)
            except sqlite3.Error as error:
                raise ProgressError(says(error, self.path)) from error

    def _once(self, query: str, values: Sequence[object]) -> tuple[list[tuple[Any, ...]], int]:
        cursor = self._connection.execute(query, values)
        return cursor.fetchall(), int(cursor.lastrowid or 0)

    def _reopen(self) -> None:
        with suppress(sqlite3.Error):
            self._connection.close()
        self._connection, message = open_store(self.path, self._clock().astimezone())
        self._file = identity(self.path)
        self.message = message or self.message


def passed_exercises(path: Path) -> set[str]:
    """The ids of exercises passed with any version, read without changing anything; empty if unreadable."""
    if not path.is_file():
        return set()
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=1.0)) as connection:
            rows = connection.execute("SELECT DISTINCT exercise FROM attempt WHERE outcome = 'passed'").fetchall()
    except sqlite3.Error:
        return set()
    return {id for (id,) in rows}
