"""General wrong solutions, made of every exercise's reference, are caught: `fromscratch verify --faults` tries all of
them, here each exercise meets a few, and each fault some exercises."""

from __future__ import annotations

import zlib

import pytest
from msgspec import structs

from exercises.course import Course, Exercise
from exercises.load import load_course
from grader.batching import grade_all
from grader.proof import faults
from tests.support.grading import Service

EACH = 3  # of some forty that fit: so many are tried on an exercise
LONG = 20.0  # seconds that a check may take: such an exercise is left to `fromscratch verify --faults`
MONTHS = [month.id for month in load_course().months if month.exercises]


def drawn(exercise: Exercise) -> list[faults.Fault]:
    """A few faults, other ones for each exercise, the same in every run; none where a check trains for long."""
    if exercise.time_limit > LONG:
        return []
    order = sorted(
        faults.applicable_faults(exercise), key=lambda fault: zlib.crc32(f"{exercise.id} {fault.id}".encode())
    )
    return order[:EACH]


def survivors(service: Service, tried: list[tuple[Exercise, faults.Fault]]) -> list[str]:
    """Those that pass although they show themselves."""
    work = [(exercise, faults.faulty_solution(exercise, fault).encode()) for exercise, fault in tried]

    async def collect() -> list[bool]:
        return [
            verdict.passed and faults.FAULT_SHOWN in verdict.output async for verdict in grade_all(service.grader, work)
        ]

    passed = service.run(collect())
    return [f"{exercise.id}: {fault.says}" for (exercise, fault), one in zip(tried, passed, strict=True) if one]


@pytest.mark.parametrize("id", MONTHS)
def test_general_faults_are_caught(service: Service, course: Course, id: str) -> None:
    month = next(month for month in course.months if month.id == id)
    assert survivors(service, [(exercise, fault) for exercise in month.exercises for fault in drawn(exercise)]) == []


def test_most_faults_are_drawn(course: Course) -> None:
    assert len({fault.id for exercise in course.exercises for fault in drawn(exercise)}) > 50


def test_a_survivor_is_told(service: Service, causal: Exercise) -> None:
    """What changes nothing that counts passes, and is told; what changes nothing at all is not."""
    harmless = faults.Fault("harmless", "Nothing.", before="pass")
    silent = faults.Fault("silent", "Nowhere.", before="raise ValueError", where="False")
    assert survivors(service, [(causal, harmless), (causal, silent)]) == ["causal-attention: Nothing."]


def test_what_an_exercise_allows_is_not_tried(causal: Exercise) -> None:
    assert "seeds" in {fault.id for fault in faults.applicable_faults(causal)}
    allowing = structs.replace(causal, allows={"seeds": "For this test."})
    assert "seeds" not in {fault.id for fault in faults.applicable_faults(allowing)}
    assert "changes-lists" not in {fault.id for fault in faults.applicable_faults(causal)}  # it takes no list
