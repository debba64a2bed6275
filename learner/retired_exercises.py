"""Attempts at exercises that have another id in a newer course, or are no longer in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from exercises.course import Course


@dataclass(frozen=True)
class Former:
    """An exercise of an earlier course: how many attempts there were, and whether one passed."""

    id: str
    attempts: int
    passed: bool


class FormerExercises:
    """What Progress does when a course has changed; it has the store."""

    if TYPE_CHECKING:
        _rows: Callable[..., Sequence[tuple[Any, ...]]]
        _run: Callable[..., int]

    def follow(self, course: Course) -> None:
        """Gives everything known of an exercise's former ids to the one it has now. Raises ProgressError."""
        for exercise in course.exercises:
            for old in exercise.renamed_from:
                for table in ("attempt", "hint", "solution"):
                    if self._rows(f"SELECT 1 FROM {table} WHERE exercise = ? LIMIT 1", old):
                        self._run(f"UPDATE OR REPLACE {table} SET exercise = ? WHERE exercise = ?", exercise.id, old)
                if self._rows("SELECT 1 FROM place WHERE name = 'exercise' AND value = ?", old):
                    self._run("UPDATE place SET value = ? WHERE name = 'exercise'", exercise.id)

    def removed(self, course: Course) -> list[Former]:
        """The exercises with attempts that are not in the course, the latest tried last."""
        present = {exercise.id for exercise in course.exercises}
        rows = self._rows(
            "SELECT exercise, count(*), max(outcome = 'passed') FROM attempt GROUP BY exercise ORDER BY max(id)"
        )
        return [Former(id, count, bool(passed)) for id, count, passed in rows if id not in present]
