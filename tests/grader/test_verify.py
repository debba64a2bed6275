"""The grader is graded: every exercise of the course, and exercises that are wrong themselves."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from msgspec import structs

from exercises.checks import applicable_checks, probes_source
from exercises.course import Course
from exercises.exercise import Exercise, Mistake
from exercises.load import load_course
from grader.parts import offered_parts
from grader.proof.verify import ExerciseResult, verify
from grader.source import reference_source
from tests.support.grading import Service
from tests.support.solutions import correct

IDS = [exercise.id for exercise in load_course().exercises]
# `make check` proves them all with `fromscratch verify`; here the proof itself is tested, on a short one a month
SAMPLE = [
    next(e.id for e in month.exercises if e.time_limit == 10) for month in load_course().months if month.exercises
]


def prove(service: Service, exercise: Exercise) -> ExerciseResult:
    async def collect() -> list[ExerciseResult]:
        return [one async for one in verify(service.grader, [exercise])]

    [found] = service.run(collect())
    assert isinstance(found, ExerciseResult)
    return found


@pytest.mark.parametrize("id", SAMPLE)
def test_the_exercise_is_proved(service: Service, course: Course, id: str) -> None:
    """Reference and other styles pass, the stub is unwritten, every mistake is caught and named."""
    exercise = course.exercise(id)
    found = prove(service, exercise)
    assert [(r.what, r.name, r.problem) for r in found.results if not r.proved] == []
    kinds = [result.what for result in found.results]
    assert kinds.count("mistake") == len(exercise.mistake_variants)


@pytest.mark.parametrize("id", IDS)
def test_each_exercise_is_whole_and_keeps_its_answer(course: Course, id: str) -> None:
    exercise = course.exercise(id)
    assert len(exercise.mistakes) >= 4
    assert len(exercise.hints) >= 3
    assert list((exercise.folder / "other_styles").glob("*.py"))
    names = {part.partition(":")[2] for part in offered_parts(exercise)}
    assert not names & set(exercise.symbols)
    assert "manners" in applicable_checks(exercise)  # side effects are reported
    probes = probes_source(exercise)
    assert not re.search(r"(import|from) +reference\b|\breference\.[a-z]", probes)  # DPO has a reference model
    for mistake in exercise.mistakes:
        assert reference_source.edited(exercise, mistake) != reference_source.text(exercise)


def test_a_mistake_that_passes_is_reported(service: Service, causal: Exercise, tmp_path: Path) -> None:
    """A mistake without effect, a duplicate of a different one, and one whose edit does not apply."""
    harmless = Mistake("harmless", "Nothing.", ('float("-inf")',), ('-float("inf")',))
    twin = structs.replace(causal.mistakes[0], id="twin")
    misfit = Mistake("misfit", "Nowhere.", ("not in the file",), ("x",))
    exercise = structs.replace(causal, mistakes=(causal.mistakes[0], harmless, twin, misfit))
    found = {result.name: result for result in prove(service, exercise).results}
    assert found["no-scale"].proved
    assert found["harmless"].problem == "it passes, so a mistake goes unnoticed"
    assert found["twin"].problem == "it is named no-scale"
    assert "occurs 0 times" in found["misfit"].problem


def test_a_random_input_that_breaks_correct_code_is_reported(service: Service, course: Course, tmp_path: Path) -> None:
    """The style passes all tests and differs from the reference on some inputs."""
    softmax = course.exercise("stable-softmax")
    folder = tmp_path / "softmax"
    shutil.copytree(softmax.folder, folder)
    odd = "\n_right = softmax\ndef softmax(x, dim=-1):\n    return x if x.shape[-1] == 8 else _right(x, dim)\n"
    (folder / "other_styles" / "odd.py").write_text(correct(softmax) + odd)
    found = {one.name: one for one in prove(service, structs.replace(softmax, folder=folder)).results}
    assert found["odd.py"].problem.startswith("any_scores, called with {'row': [0, 0, 0, 0, 0, 0, 0, 0]")
    assert [one.name for one in found.values() if not one.proved] == ["odd.py"]
