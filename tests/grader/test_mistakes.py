"""Pairs of known mistakes whose edits do not fit together are no explanation of a solution, and no error."""

from __future__ import annotations

import itertools

from exercises.course import Course
from grader.judge.mistakes import _suspect


def test_a_pair_that_is_not_python_is_left_out(course: Course) -> None:
    exercise = course.exercise("evaluate")
    suspects = [_suspect(exercise, pair) for pair in itertools.combinations(exercise.mistakes, 2)]
    assert None in suspects
    assert any(suspect is not None for suspect in suspects)
