"""Returns: passed exercises that are written again from memory. Only events are stored; the rest derives from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from exercises.course import Course
from exercises.exercise import Exercise
from learner.errors import ProgressError
from learner.monotonic_timestamps import make_monotonic

if TYPE_CHECKING:
    from learner.retention import Retention, Review

TIME_LIMIT = timedelta(minutes=5)
MAX_CHECK = 30.0  # seconds: exercises whose check trains a model for longer do not fit into five minutes
PRACTICE_EVENTS = ("started", "passed", "failed", "answered")  # putting a return off is no practice
ReturnState = Literal["open", "passed", "failed"]


@dataclass(frozen=True)
class Return:
    """One return of an exercise. `number` counts the exercise's returns from 1, `file` is the name of its file in the
    folder of returns (`learner.from_memory`). `ended` is None until the learner ends it; `passed` says how."""

    exercise: str
    number: int
    file: str
    started: datetime
    ended: datetime | None = None
    passed: bool = False

    @property
    def deadline(self) -> datetime:
        return self.started + TIME_LIMIT

    def state(self, now: datetime) -> ReturnState:
        """Returns "open" while the time runs. A return that ran out of time has failed, without any event."""
        if self.ended is not None:
            return "passed" if self.passed else "failed"
        return "open" if now < self.deadline else "failed"

    def seconds_left(self, now: datetime) -> int:
        """Returns the whole seconds until the deadline, at least 0."""
        left = min((self.deadline - now).total_seconds(), TIME_LIMIT.total_seconds())
        return max(int(-(-left // 1)), 0) if self.state(now) == "open" else 0


@dataclass(frozen=True)
class Memory:
    """A passed exercise in the learner's memory. `off_until` is set where the learner has put the return off."""

    exercise: Exercise
    retention: Retention
    returns: tuple[Return, ...]
    off_until: datetime | None = None

    @property
    def latest(self) -> Return | None:
        return self.returns[-1] if self.returns else None

    def open(self, now: datetime) -> Return | None:
        """Returns the return whose time runs."""
        return self.latest if self.latest is not None and self.latest.state(now) == "open" else None

    def is_due(self, now: datetime) -> bool:
        """Whether the return is offered: it is due, not begun and not put off."""
        waits = self.off_until is not None and now < self.off_until
        return self.retention.due <= now and not waits and self.open(now) is None

    @property
    def word(self) -> str:
        """Returns how well the exercise is remembered: "fresh" from 85 %, "fading" from 70 %, else "faint"."""
        value = self.retention.retrievability
        return "fresh" if value >= 0.85 else "fading" if value >= 0.7 else "faint"


class ReturnsMixin:
    """The part of Progress that stores returns."""

    if TYPE_CHECKING:
        _clock: Callable[[], datetime]

        def _query(self, query: str, *values: object) -> Sequence[tuple[Any, ...]]: ...

        def _change(self, query: str, *values: object) -> int: ...

    def returns(self, exercise_id: str) -> list[Return]:
        """Returns all returns of an exercise, the oldest first."""
        return self._returns().get(exercise_id, [])

    def open_return(self, exercise_id: str) -> Return | None:
        """Returns the return of an exercise whose time runs."""
        latest = self.returns(exercise_id)[-1:]
        return latest[0] if latest and latest[0].state(self._clock()) == "open" else None

    def start_return(self, exercise_id: str, file: str) -> Return:
        """Starts a return durably. Where one is open, also one that a second program has just started, returns it."""
        if (running := self.open_return(exercise_id)) is not None:
            return running
        latest = self.returns(exercise_id)[-1:]
        number = latest[0].number + 1 if latest else 1
        self._add(exercise_id, number, "started", file)
        return self.returns(exercise_id)[-1]

    def end_return(self, started: Return, passed: bool, at: datetime | None = None) -> Return:
        """Ends a return and returns it as it is stored; the first end counts.

        `at` is when the source that passed was read, by default now. After the deadline nothing passes any more, and
        nothing is stored.
        """
        ended = at or self._clock()
        if started.state(ended) == "open":
            self._add(started.exercise, started.number, "passed" if passed else "failed", "", ended)
        return next(other for other in self.returns(started.exercise) if other.number == started.number)

    def put_off(self, exercise_id: str, until: datetime) -> None:
        """Offers the return of an exercise no earlier than `until`."""
        self._add(exercise_id, 0, "put off", until.astimezone(UTC).isoformat())

    def refuse_help(self, exercise_id: str) -> None:
        """Raises ProgressError while a return of the exercise is open: it has no hints and no solution."""
        if (running := self.open_return(exercise_id)) is not None:
            minutes, seconds = divmod(running.seconds_left(self._clock()), 60)
            raise ProgressError(
                f"You are writing {exercise_id} from memory, without hints, for another {minutes}:{seconds:02}. "
                f"`fromscratch recall stop {exercise_id}` ends that; it then counts as not recalled."
            )

    def memories(self, course: Course, now: datetime) -> list[Memory]:
        """Returns all exercises of a course that have passed and come back, the least remembered first."""
        first = self._first_passes(now)
        exercises = [exercise for exercise in course.exercises if exercise.id in first and comes_back(exercise)]
        if not exercises:
            return []
        from learner.retention import retention  # the app starts without it

        returns, off = self._returns(), self._put_off()
        memories = [
            Memory(
                exercise,
                retention(first[exercise.id], _reviews(returns.get(exercise.id, ()), now), now),
                tuple(returns.get(exercise.id, ())),
                off.get(exercise.id),
            )
            for exercise in exercises
        ]
        return sorted(memories, key=lambda memory: (memory.retention.retrievability, memory.retention.due))

    def _first_passes(self, now: datetime) -> dict[str, datetime]:
        """Returns when each exercise first passed, in any version, with the times of a wrong clock corrected."""
        rows = self._query("SELECT exercise, outcome = 'passed', at FROM attempt ORDER BY id")
        times = make_monotonic([*(datetime.fromtimestamp(at, UTC) for _, _, at in rows), now])
        first: dict[str, datetime] = {}
        for (exercise, passed, _), at in zip(rows, times, strict=False):
            if passed:
                first.setdefault(exercise, at)
        return first

    def _returns(self) -> dict[str, list[Return]]:
        """Returns the returns of every exercise, the oldest first, with the times of a wrong clock corrected."""
        rows = self._query("SELECT exercise, number, event, value, at FROM recall ORDER BY id")
        times = make_monotonic([*(datetime.fromtimestamp(row[-1], UTC) for row in rows), self._clock()])
        returns: dict[tuple[str, int], Return] = {}
        for (exercise, number, event, value, _), at in zip(rows, times, strict=False):
            key = exercise, number
            if event == "started":
                returns[key] = Return(exercise, number, value, at)
            elif event in ("passed", "failed") and key in returns:
                returns[key] = replace(returns[key], ended=at, passed=event == "passed")
        by_exercise: dict[str, list[Return]] = {}
        for (exercise, _), known in sorted(returns.items()):
            by_exercise.setdefault(exercise, []).append(known)
        return by_exercise

    def _put_off(self) -> dict[str, datetime]:
        rows = self._query("SELECT exercise, value FROM recall WHERE event = 'put off' ORDER BY id")
        return {exercise: datetime.fromisoformat(value) for exercise, value in rows}

    def _add(self, exercise_id: str, number: int, event: str, value: str, at: datetime | None = None) -> None:
        """Adds an event, unless it is there already; the unique indices of `learner.tables` decide."""
        self._change(
            "INSERT OR IGNORE INTO recall (exercise, number, event, value, at) VALUES (?, ?, ?, ?, ?)",
            exercise_id,
            number,
            event,
            value,
            (at or self._clock()).timestamp(),
        )


def comes_back(exercise: Exercise) -> bool:
    """Whether an exercise comes back from memory: all but those whose check trains a model for long."""
    return exercise.time_limit <= MAX_CHECK


def _reviews(returns: Sequence[Return], now: datetime) -> list[Review]:
    """Returns the ended returns as reviews. A return that ran out of time ended at its deadline."""
    from learner.retention import Review

    ended = [known for known in returns if known.state(now) != "open"]
    return [Review(known.started, known.ended or known.deadline, known.passed) for known in ended]
