"""The pages of the exercises: they fit a terminal, their code is valid, and they say what the tests check."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from exercises.exercise import Exercise
from exercises.load import load_course

COURSE = load_course()
MAX_CODE_WIDTH = 70
each_exercise = pytest.mark.parametrize("exercise", COURSE.exercises, ids=lambda exercise: exercise.id)


def fences(exercise: Exercise) -> Iterator[tuple[str, str]]:
    """Yields the language and the code of each fenced block of a page."""
    yield from re.findall(r"^```(\w*)\n(.*?)^```", exercise.readme, re.DOTALL | re.MULTILINE)


def folded(text: str) -> str:
    return " ".join(text.split())


@each_exercise
def test_code_fits_the_width_and_compiles(exercise: Exercise) -> None:
    for language, code in fences(exercise):
        assert max(map(len, code.splitlines()), default=0) <= MAX_CODE_WIDTH
        if language in ("python", "py"):
            compile(code, exercise.id, "exec")


@each_exercise
def test_figures_and_importance_are_well_formed(exercise: Exercise) -> None:
    assert all(re.fullmatch(r"[A-Z\d]\.[1-9]\d*", figure) for figure in exercise.figures)
    assert len(set(exercise.figures)) == len(exercise.figures)
    assert not exercise.section or re.match(r"[A-Z\d]\.\d", str(exercise.section))
    assert exercise.importance in (1, 2, 3)


@each_exercise
def test_every_check_quotes_the_page_or_is_common(exercise: Exercise) -> None:
    page = folded(exercise.readme)
    for name, docstring in checks_with_docstrings(exercise):
        quotes = re.findall(r'Page: "(.*?)"\s*(?=$|Page:)', folded(docstring))
        assert quotes, f"{name} does not say which words of the page ask for it"
        missing = [quote for quote in quotes if quote not in page]
        assert not missing, f"{name} quotes {missing}, which the page does not say"


def checks_with_docstrings(exercise: Exercise) -> Iterator[tuple[str, str]]:
    """Yields all checks of an exercise that are not common."""
    yield from ((check.name, check.docstring) for check in exercise.checks)
    path = exercise.tests_path
    for node in ast.parse(path.read_text(encoding="utf-8") if path.is_file() else "").body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node.name, ast.get_docstring(node) or ""
        elif isinstance(node, ast.Assign) and "common_checks." not in ast.unparse(node.value):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            yield from ((name, "") for name in names if name.startswith("test_"))
