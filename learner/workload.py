"""How long things take: the hours of months added up on a learner's own path, and how many of them are left."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from exercises.course import Audience, Exercise, Material, Month


@dataclass(frozen=True)
class Hours:
    """Estimated hours; `exercises` are the core ones. `total` leaves out `stretch`, which nobody has to do."""

    materials: float
    exercises: float
    project: float
    stretch: float

    @property
    def total(self) -> float:
        return self.materials + self.exercises + self.project


@dataclass(frozen=True)
class Plan:
    """A learner's path through the course: whose materials are on it, and the ids of what is done.

    `project` says that the check list of a project is complete.
    """

    audience: Audience = "beginners"
    materials: Set[str] = frozenset()
    exercises: Set[str] = frozenset()
    project: bool = False

    def planned(self, *months: Month) -> Hours:
        """All that is on the path in some months."""
        return _sum(
            [one for month in months for one in month.materials_for(self.audience)],
            [one for month in months for one in month.exercises],
            months,
        )

    def left(self, *months: Month) -> Hours:
        """What of it is not done yet."""
        return _sum(
            [one for month in months for one in month.materials_for(self.audience) if one.id not in self.materials],
            [one for month in months for one in month.exercises if one.id not in self.exercises],
            () if self.project else months,
        )


def _sum(materials: list[Material], exercises: list[Exercise], projects: tuple[Month, ...]) -> Hours:
    return Hours(
        materials=sum(one.hours for one in materials),
        exercises=sum(one.minutes for one in exercises if one.level == "core") / 60,
        project=sum(month.project.hours for month in projects if month.project is not None),
        stretch=sum(one.minutes for one in exercises if one.level == "stretch") / 60,
    )
