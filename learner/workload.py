"""Adds up the hours that months take on a learner's path, and the hours that remain."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from exercises.course import Audience, Month


@dataclass(frozen=True)
class Workload:
    """Estimated hours. `stretch`, which is optional and not in `total`, counts stretch exercises and the materials of
    parts without dates; `exercises` counts the others."""

    materials: float
    exercises: float
    project: float
    stretch: float
    stretch_materials: float = 0.0  # contained in `stretch`

    @property
    def total(self) -> float:
        return self.materials + self.exercises + self.project


@dataclass(frozen=True)
class LearningPath:
    """A learner's path through the course: the audience, the ids of finished materials and exercises, and whether the
    checklist of a project is complete."""

    audience: Audience = "beginners"
    materials: Set[str] = frozenset()
    exercises: Set[str] = frozenset()
    project: bool = False

    def planned(self, *months: Month) -> Workload:
        """Returns the hours of everything on the path in the months."""
        return self._workload(months, frozenset(), frozenset(), project=True)

    def left(self, *months: Month) -> Workload:
        """Returns the hours of everything on the path that is not finished."""
        return self._workload(months, self.materials, self.exercises, project=not self.project)

    def _workload(
        self, months: tuple[Month, ...], materials_done: Set[str], exercises_done: Set[str], *, project: bool
    ) -> Workload:
        """Returns the hours in the months, without the finished ids; `project` counts the project."""
        materials = {"core": 0.0, "stretch": 0.0}
        exercises = {"core": 0.0, "stretch": 0.0}
        for month in months:
            level = "stretch" if month.is_optional else "core"
            for material in month.materials_for(self.audience):
                materials[level] += material.hours if material.id not in materials_done else 0
            for exercise in month.exercises:
                exercises[exercise.level] += exercise.minutes / 60 if exercise.id not in exercises_done else 0
        return Workload(
            materials=materials["core"],
            exercises=exercises["core"],
            project=sum(month.project.hours for month in months if month.project is not None and project),
            stretch=materials["stretch"] + exercises["stretch"],
            stretch_materials=materials["stretch"],
        )
