"""Workloads: the sum over months for an audience, and the rest that is not finished."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exercises.load import load_course
from learner.workload import LearningPath

COURSE = load_course()
FIRST = COURSE.months[0]
MATERIALS = sorted(material.id for month in COURSE.months for material in month.materials)
EXERCISES = sorted(exercise.id for exercise in COURSE.exercises)


def test_planned_hours_are_the_sum_of_the_month() -> None:
    everything = LearningPath("beginners").planned(FIRST)
    others = LearningPath("all").planned(FIRST)
    assert everything.materials == sum(material.hours for material in FIRST.materials)
    assert everything.materials - others.materials == sum(m.hours for m in FIRST.materials if m.audience == "beginners")
    assert everything.exercises == others.exercises == sum(exercise.minutes for exercise in FIRST.exercises) / 60


def test_stretch_exercises_are_counted_separately() -> None:
    month = COURSE.months[1]
    hours = LearningPath().planned(month)
    stretch = [exercise.minutes for exercise in month.exercises if exercise.level == "stretch"]
    assert hours.stretch == sum(stretch) / 60 > 0
    assert hours.total == hours.materials + hours.exercises


@given(
    audience=st.sampled_from(["all", "beginners"]),
    materials=st.sets(st.sampled_from(MATERIALS)),
    exercises=st.sets(st.sampled_from(EXERCISES)),
)
def test_finished_and_remaining_hours_add_up(audience: str, materials: set[str], exercises: set[str]) -> None:
    plan = LearningPath(audience, materials, exercises)  # type: ignore[arg-type]
    rest = LearningPath(audience, set(MATERIALS) - materials, set(EXERCISES) - exercises)  # type: ignore[arg-type]
    planned, left, finished = plan.planned(*COURSE.months), plan.left(*COURSE.months), rest.left(*COURSE.months)
    for name in ("materials", "exercises", "stretch"):
        assert getattr(left, name) + getattr(finished, name) == pytest.approx(getattr(planned, name))
    assert sum(plan.left(month).total for month in COURSE.months) == pytest.approx(left.total)


def test_nothing_is_left_when_everything_is_finished() -> None:
    plan = LearningPath("beginners", set(MATERIALS), set(EXERCISES), project=True)
    left = plan.left(*COURSE.months)
    assert (left.total, left.stretch) == (0, 0)


def test_a_part_without_dates_adds_to_the_optional_hours_only() -> None:
    [part] = [month for month in COURSE.months if month.is_optional]
    hours = LearningPath().planned(part)
    assert hours.total == 0
    assert hours.stretch_materials == sum(material.hours for material in part.materials)
    assert hours.stretch == hours.stretch_materials + sum(exercise.minutes for exercise in part.exercises) / 60
