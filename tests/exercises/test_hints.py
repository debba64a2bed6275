"""The hints of the course: each helps with a step of the reference, and their code is valid."""

from __future__ import annotations

import ast
import importlib
import re

import pytest
import regex

from exercises.exercise import Exercise
from exercises.load import load_course
from grader.source import reference_source

COURSE = load_course()
each_exercise = pytest.mark.parametrize("exercise", COURSE.exercises, ids=lambda exercise: exercise.id)


@each_exercise
def test_hints_are_enough_for_the_minutes_and_help_with_a_step(exercise: Exercise) -> None:
    stages = [hint.stage for hint in exercise.hints]
    assert len(stages) >= (5 if exercise.minutes >= 45 else 3)
    tree = ast.parse(reference_source.text(exercise))
    steps = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    steps |= {
        node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
    }
    assert any(stages) and not {stage for stage in stages if stage} - steps


@each_exercise
def test_the_code_of_hints_is_valid(exercise: Exercise) -> None:
    for hint in exercise.hints:
        fences = re.findall(r"```\w*\n(.*?)```", hint.text, re.DOTALL)
        rest = re.sub(r"```.*?```", "", hint.text, flags=re.DOTALL)
        for code in [*fences, *re.findall(r"`([^`]+)`", rest)]:
            tree = _parsed(code)
            if tree is None:
                regex.compile(code)  # raises an error where the code is no pattern either
            else:
                _check_names_of_torch(tree)


def _parsed(code: str) -> ast.Module | None:
    """Returns the tree of statements, or of the first line of a compound statement."""
    for text in (code, f"{code}\n    pass", f"def f():\n    {code}"):
        try:
            return ast.parse(text)
        except SyntaxError:
            pass
    return None


def _check_names_of_torch(tree: ast.Module) -> None:
    """Fails at an attribute of torch that does not exist, such as `torch.topk` misspelled."""
    modules = {"torch": "torch", "nn": "torch.nn", "math": "math", "re": "re"}
    for node in ast.walk(tree):
        first, _, path = ast.unparse(node).partition(".") if isinstance(node, ast.Attribute) else ("", "", "")
        if first in modules and path.replace(".", "").isidentifier():
            value = importlib.import_module(modules[first])
            for name in path.split("."):
                value = getattr(value, name)


def test_a_code_that_is_no_python_and_an_unknown_name_are_found() -> None:
    assert _parsed("x = (1,") is None and _parsed("for i in range(3):") is not None
    with pytest.raises(AttributeError):
        _check_names_of_torch(ast.parse("torch.sotfmax(x)"))


def test_headings_name_the_stage() -> None:
    hints = COURSE.exercise("causal-attention").hints
    assert hints[0].heading(1, 3) == "Hint 1 of 3, for `scores`"
    assert COURSE.exercise("tensor-warmup").hints[0].heading(1, 3).startswith("Hint 1 of 3")
