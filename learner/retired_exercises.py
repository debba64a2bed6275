"""Attempts at exercises that have a different id in a newer course, or are no longer in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from exercises.course import Course


@dataclass(frozen=True)
class RetiredExercise:
    """An exercise of an earlier course: the number of attempts, and whether one passed."""

    id: str
    attempts: int
    passed: bool


class RetiredExercisesMixin:
    """The part of Progress that deals with changes of the course."""

    if TYPE_CHECKING:
        _query: Callable[..., Sequence[tuple[Any, ...]]]
        _change: Callable[..., int]

    def apply_renames(self, course: Course) -> None:
        """Moves everything stored under an exercise's former ids to its present id. Raises ProgressError."""
        for exercise in course.exercises:
            for old in exercise.renamed_from:
                for table in ("attempt", "hint", "hint_request", "solution", "recall"):
                    if self._query(f"SELECT 1 FROM {table} WHERE exercise = ? LIMIT 1", old):
                        self._change(f"UPDATE OR REPLACE {table} SET exercise = ? WHERE exercise = ?", exercise.id, old)
                if self._query("SELECT 1 FROM place WHERE name = 'exercise' AND value = ?", old):
                    self._change("UPDATE place SET value = ? WHERE name = 'exercise'", exercise.id)

    def retired_exercises(self, course: Course) -> list[RetiredExercise]:
        """Returns the exercises with attempts that are not in the course, the most recently attempted last."""
        present = {exercise.id for exercise in course.exercises}
        rows = self._query(
            "SELECT exercise, count(*), max(outcome = 'passed') FROM attempt GROUP BY exercise ORDER BY max(id)"
        )
        return [RetiredExercise(id, count, bool(passed)) for id, count, passed in rows if id not in present]
