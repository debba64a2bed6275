from __future__ import annotations

import pytest

from exercises.course import Course
from exercises.exercise import Exercise
from tests.support.solutions import correct


@pytest.fixture(scope="session")
def causal(course: Course) -> Exercise:
    return course.exercise("causal-attention")


@pytest.fixture(scope="session")
def right(causal: Exercise) -> str:
    """A right solution of causal-attention."""
    return correct(causal)
