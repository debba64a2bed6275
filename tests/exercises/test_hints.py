"""The hints of the course: each helps with a step of the reference, and their code is valid and runs there."""

from __future__ import annotations

import ast
import builtins
import importlib
import re

import pytest
import regex
import torch
from torch import nn

from exercises.exercise import Exercise
from exercises.load import load_course
from grader.source import reference_source
from tests.support.stages import Scope, scopes_of_stages

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
        for code in _codes(hint.text):
            tree = _parsed(code)
            if tree is None:
                regex.compile(code)  # raises an error where the code is no pattern either
            else:
                _check_names_of_torch(tree)


@each_exercise
def test_the_code_of_hints_runs_at_its_stage(exercise: Exercise) -> None:
    """Runs each piece of code whose names the reference has at the hint's stage."""
    scopes = scopes_of_stages(exercise, {hint.stage for hint in exercise.hints if hint.stage})
    for hint in exercise.hints:
        for code in _codes(hint.text) if scopes.get(hint.stage) else ():
            _run_in_one_of(code, scopes[hint.stage])


def _run_in_one_of(code: str, scopes: list[Scope]) -> None:
    """Runs code in the first scope in which it succeeds; raises its error where it fails in all that have its names."""
    error: Exception | None = None
    try:
        compiled = compile(code, "<hint>", "exec")
    except SyntaxError:  # a part of a statement, such as an argument
        return
    loaded = _loaded(ast.parse(code))
    for scope in scopes:
        names = {**vars(builtins), "torch": torch, "nn": nn, "F": nn.functional, **scope}
        if "…" in code or "super()" in code or loaded - names.keys():  # the learner fills in or names something
            continue
        try:
            exec(compiled, names)
        except Exception as raised:
            error = raised
        else:
            return
    if error is not None:
        raise AssertionError(f"the hint's code {code!r} fails") from error


def _loaded(tree: ast.Module) -> set[str]:
    """Returns the names that code reads and does not bind itself."""
    nodes = list(ast.walk(tree))
    bound = {node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    bound |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    bound |= {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    return {node.id for node in nodes if isinstance(node, ast.Name)} - bound


def _codes(text: str) -> list[str]:
    """Returns the code in a hint: its fenced blocks, then what stands in backticks."""
    fences = re.findall(r"```\w*\n(.*?)```", text, re.DOTALL)
    return [*fences, *re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))]


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


def test_a_code_that_fails_at_its_stage_is_found() -> None:
    scope = {"scores": torch.zeros(2, 3)}
    _run_in_one_of("torch.softmax(scores, dim=-1)", [scope])
    _run_in_one_of("torch.softmax(weights, dim=7)", [scope])  # the learner has weights, the reference does not
    with pytest.raises(AssertionError, match="dim=7"):
        _run_in_one_of("torch.softmax(scores, dim=7)", [scope])


def test_headings_name_the_stage() -> None:
    hints = COURSE.exercise("causal-attention").hints
    assert hints[0].heading(1, 3) == "Hint 1 of 3, for `scores`"
    assert COURSE.exercise("tensor-warmup").hints[0].heading(1, 3).startswith("Hint 1 of 3")
