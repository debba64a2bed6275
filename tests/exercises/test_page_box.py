"""The box above a task: the place in the book, and a sentence for each common check of the tests."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from msgspec.structs import replace

from exercises.course import Course
from exercises.exercise import Exercise
from exercises.kit import common_checks
from exercises.page_box import RULES, book, box, rules
from exercises.page_box import common_checks as names_in
from tests.support.command_line import run_python


@pytest.fixture
def exercise(course: Course) -> Exercise:
    return course.exercise("causal-attention")


def test_every_common_check_has_a_sentence() -> None:
    tree = ast.parse(Path(common_checks.__file__).read_text())
    checks = {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")}
    assert checks == set(RULES)


def test_the_box_says_all_that_the_tests_check_beside_the_page(course: Course) -> None:
    for exercise in course.exercises:
        path = exercise.tests_path
        used = set(names_in(ast.parse(path.read_text() if path.is_file() else "")))
        assert len(rules(exercise)) >= len(used), exercise.id
        text = " ".join(box(exercise).replace("> ", "").split())
        assert all(rule in text for rule in rules(exercise)) and all(name in text for name in exercise.forbids)
        assert max(map(len, box(exercise).splitlines())) <= 80


def test_the_place_in_the_book(exercise: Exercise) -> None:
    assert book(exercise) == "section 3.5, figures 3.19 to 3.22"
    assert book(replace(exercise, figures=("3.19", "3.21", "3.22"))) == "section 3.5, figures 3.19, 3.21 and 3.22"
    assert book(replace(exercise, figures=("3.19",))) == "section 3.5, figure 3.19"
    assert book(replace(exercise, section="", figures=())) == "chapter 3"
    assert book(replace(exercise, chapter="A", section="", figures=())) == "appendix A"


def test_the_box_needs_no_torch() -> None:
    run_python(
        "import sys; from exercises.load import load_course; from exercises.page_box import box;"
        "[box(exercise) for exercise in load_course().exercises]; assert 'torch' not in sys.modules"
    )
