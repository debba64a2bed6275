"""Adds up the hours that months take on a learner's path, and the hours that remain."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from exercises.course import Audience, Material, Month
from exercises.exercise import Exercise


@dataclass(frozen=True)
class Workload:
    """Estimated hours. `exercises` counts core exercises; `stretch` exercises are optional and not in `total`."""

    materials: float
    exercises: float
    project: float
    stretch: float

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
        return _workload(
            [material for month in months for material in month.materials_for(self.audience)],
            [exercise for month in months for exercise in month.exercises],
            months,
        )

    def left(self, *months: Month) -> Workload:
        """Returns the hours of everything on the path that is not finished."""
        materials = [material for month in months for material in month.materials_for(self.audience)]
        exercises = [exercise for month in months for exercise in month.exercises]
        return _workload(
            [material for material in materials if material.id not in self.materials],
            [exercise for exercise in exercises if exercise.id not in self.exercises],
            () if self.project else months,
        )


def _workload(materials: list[Material], exercises: list[Exercise], months: tuple[Month, ...]) -> Workload:
    return Workload(
        materials=sum(material.hours for material in materials),
        exercises=sum(exercise.minutes for exercise in exercises if exercise.level == "core") / 60,
        project=sum(month.project.hours for month in months if month.project is not None),
        stretch=sum(exercise.minutes for exercise in exercises if exercise.level == "stretch") / 60,
    )
