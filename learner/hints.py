"""The hints that a learner, or the learner's assistant, has taken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

AskedBy = Literal["learner", "assistant"]


@dataclass(frozen=True)
class HintRequest:
    """When a hint was taken, in UTC, and who asked for it. `number` counts from 1."""

    number: int
    at: datetime
    asked_by: str


class HintsMixin:
    """The part of Progress that stores hints. Those that an assistant asked for count as the learner's own."""

    if TYPE_CHECKING:
        _clock: Callable[[], datetime]

        def _query(self, query: str, *values: object) -> Sequence[tuple[Any, ...]]: ...

        def _change(self, query: str, *values: object) -> int: ...

        def refuse_help(self, exercise_id: str) -> None: ...

    def hints(self, exercise_id: str) -> int:
        """Returns how many hints have been taken."""
        rows = self._query("SELECT taken FROM hint WHERE exercise = ?", exercise_id)
        return int(rows[0][0]) if rows else 0

    def all_hints(self) -> dict[str, int]:
        """Returns how many hints have been taken, by exercise id; without exercises where none was."""
        return {str(exercise): int(taken) for exercise, taken in self._query("SELECT exercise, taken FROM hint")}

    def take_hint(self, exercise_id: str, asked_by: AskedBy = "learner") -> int:
        """Records one more hint, with the time and who asked for it, and returns the total.

        Raises ProgressError while a return is open, which has no hints.
        """
        self.refuse_help(exercise_id)
        self._change(
            "INSERT INTO hint VALUES (?, 1) ON CONFLICT (exercise) DO UPDATE SET taken = taken + 1",
            exercise_id,
        )
        taken = self.hints(exercise_id)
        self._change(
            "INSERT OR IGNORE INTO hint_request VALUES (?, ?, ?, ?)",
            exercise_id,
            taken,
            self._clock().timestamp(),
            asked_by,
        )
        return taken

    def hint_requests(self, exercise_id: str) -> list[HintRequest]:
        """Returns the requests for hints, in the order of the hints; earlier versions recorded none."""
        rows = self._query(
            "SELECT number, at, asked_by FROM hint_request WHERE exercise = ? ORDER BY number", exercise_id
        )
        return [HintRequest(number, datetime.fromtimestamp(at, UTC), asked_by) for number, at, asked_by in rows]

    def assistant_hints(self, exercise_id: str) -> frozenset[int]:
        """Returns the numbers of the hints that an assistant asked for."""
        requests = self.hint_requests(exercise_id)
        return frozenset(request.number for request in requests if request.asked_by == "assistant")
