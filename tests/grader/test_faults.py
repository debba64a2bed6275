"""General faults are caught. `fromscratch verify --faults` tries all of them; here each exercise gets one."""

from __future__ import annotations

import zlib

import pytest
from msgspec import structs

from exercises.course import Course
from exercises.exercise import Exercise
from exercises.load import load_course
from grader.batching import grade_all
from grader.proof import faults
from tests.support.grading import Service

FAULTS_PER_EXERCISE = 1  # of about forty that apply; the suite has ten minutes
MAX_TIME_LIMIT = 20.0  # seconds; slower exercises are left to `fromscratch verify --faults`
MONTHS = [month.id for month in load_course().months if month.exercises]


def drawn(exercise: Exercise) -> list[faults.Fault]:
    """The faults to try, different for each exercise and the same in every run."""
    if exercise.time_limit > MAX_TIME_LIMIT:
        return []
    order = sorted(
        faults.applicable_faults(exercise), key=lambda fault: zlib.crc32(f"{exercise.id} {fault.id}".encode())
    )
    return order[:FAULTS_PER_EXERCISE]


def survivors(service: Service, tried: list[tuple[Exercise, faults.Fault]]) -> list[str]:
    """The faults that pass although they have an effect."""
    work = [(exercise, faults.faulty_solution(exercise, fault).encode()) for exercise, fault in tried]

    async def collect() -> list[bool]:
        return [
            verdict.passed and faults.FAULT_SHOWN in verdict.output
            async for verdict in grade_all(service.grader, work, depths=["failed"] * len(work))
        ]

    passed = service.run(collect())
    return [f"{exercise.id}: {fault.says}" for (exercise, fault), one in zip(tried, passed, strict=True) if one]


@pytest.mark.parametrize("id", MONTHS)
def test_general_faults_are_caught(service: Service, course: Course, id: str) -> None:
    month = next(month for month in course.months if month.id == id)
    assert survivors(service, [(exercise, fault) for exercise in month.exercises for fault in drawn(exercise)]) == []


def test_most_faults_are_tried(course: Course) -> None:
    assert len({fault.id for exercise in course.exercises for fault in drawn(exercise)}) > 40


def test_a_fault_that_passes_is_reported(service: Service, causal: Exercise) -> None:
    """A fault without effect is not reported."""
    harmless = faults.Fault("harmless", "Nothing.", before="pass")
    silent = faults.Fault("silent", "Nowhere.", before="raise ValueError", where="False")
    assert survivors(service, [(causal, harmless), (causal, silent)]) == ["causal-attention: Nothing."]


def test_allowed_faults_are_not_tried(causal: Exercise) -> None:
    assert "seeds" in {fault.id for fault in faults.applicable_faults(causal)}
    allowing = structs.replace(causal, allows={"seeds": "For this test."})
    assert "seeds" not in {fault.id for fault in faults.applicable_faults(allowing)}
    assert "changes-lists" not in {fault.id for fault in faults.applicable_faults(causal)}  # it takes no list
