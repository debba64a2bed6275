"""Probes, checks and settings that an exercise.toml declares in place of code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from exercises import inputs
from exercises.checks import added_checks, probes_source
from exercises.exercise import Exercise
from exercises.load import load_course
from exercises.load_exercise import CourseError, load_exercise
from grader.judge import declared_checks

DECLARED = """
[probes]
two = "add_one(1)"
many = "[add_one(x) for x in range(3)]"
batch = "add_one(tokens(2, 3))"

[[check]]
title = "One is added"
page = "Add one"
probe = "two"
"""


def load(folder: Path, *edits: tuple[str, str], more: str = "") -> Exercise:
    path = folder / "exercise.toml"
    text = path.read_text()
    for old, new in edits:
        text = text.replace(old, new)
    path.write_text(text + more)
    return load_exercise(folder, "month-1")


def test_expressions_become_probes_of_the_solution(folder: Path) -> None:
    (folder / "probes.py").unlink()
    (folder / "test_add_one.py").unlink()
    source = probes_source(load(folder, more=DECLARED))
    assert "return impl.add_one(1)" in source
    assert "from exercises.kit import tokens" in source
    probes: dict[str, object] = {}
    exec(source.replace("from exercises.kit import tokens", ""), probes)
    solution = type("solution", (), {"add_one": staticmethod(lambda x: x + 1)})
    assert probes["two"](solution) == 2  # type: ignore[operator]
    assert probes["many"](solution) == [1, 2, 3]  # type: ignore[operator]


def test_expressions_and_functions_of_probes_py_stand_side_by_side(folder: Path) -> None:
    code = "HALF = 0.5\n\ndef any_number(impl, x: Int[0, 9] = 1):\n    return impl.add_one(x)\n"
    (folder / "probes.py").write_text(code)
    exercise = load(folder, more=DECLARED.replace("add_one(1)", "add_one(HALF)"))
    assert list(inputs.probes(exercise)) == ["any_number"]
    assert probes_source(exercise).startswith(code)


def test_common_probes_can_be_expressions(folder: Path) -> None:
    (folder / "probes.py").unlink()
    common = '[common]\nmake = "add_one"\ninputs = ["tokens(2, 3)", "tokens(1, 3)"]\n'
    source = probes_source(load(folder, more=DECLARED + common))
    assert source.endswith("common = CommonProbes(lambda impl: impl.add_one, tokens(2, 3), tokens(1, 3))\n")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("add_one(1)", "add_one(", "probes.two: 'add_one(' is not a Python expression"),
        ("add_one(1)", "ad_one(1)", "probes.two: 'ad_one' is unknown. Use the exercise's symbols"),
        ("add_one(1)", "open('x')", "probes.two: 'open' is unknown"),
        ("two =", "add =", "probes.add: 'add' is no new Python name"),
        ('probe = "two"', 'probe = "three"', "check[0].probe: there is no probe 'three'. Add it to [probes]."),
        ('page = "Add one"', 'page = ""', "check[0]: the title or the quote is empty"),
        ("[probes]", '[common]\nmake = "add_one"\n[probes]', "common: `make` and `inputs` define"),
        ("[probes]", '[common]\nhints = { dtype = "x" }\n[probes]', "common.hints"),
    ],
)
def test_what_is_declared_wrongly_is_named(folder: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(CourseError) as error:
        load(folder, more=DECLARED.replace(old, new))
    assert f"exercise.toml: {message}" in str(error.value)


def test_an_exercise_without_code_needs_declared_probes_and_checks(folder: Path) -> None:
    (folder / "probes.py").unlink()
    with pytest.raises(CourseError, match=r"probes.py: the file is missing"):
        load(folder)


def test_the_version_depends_on_what_is_declared(folder: Path) -> None:
    before = load(folder).version
    after = load(folder, more=DECLARED).version
    assert before != after != load(folder, ("add_one(1)", "add_one(2)")).version


def test_common_checks_are_added_where_they_apply() -> None:
    course = load_course()
    layer_norm, lora = course.exercise("layer-norm"), course.exercise("lora-layer")
    assert added_checks(layer_norm) == ("dtypes", "device", "weights", "gradients", "state", "manners")
    assert added_checks(lora) == ("dtypes", "device", "gradients", "state", "manners")  # `without` weights
    assert added_checks(course.exercise("gpt2-pretokenize")) == ("manners",)  # it has no common probes


def test_a_check_of_many_inputs_names_each_result_by_its_input() -> None:
    exercise = load_course().exercise("word-split")
    checks, _ = declared_checks.of(exercise)
    compared = {}

    class FakeRun:
        def __call__(self, probe: str) -> Any:
            return {"a": ["a"]}

        def reference(self, probe: str) -> Any:
            return {"a": ["a"], "b": ["b"]}

        def equal(self, actual: Any, expected: Any, *, what: str, hint: str) -> None:
            compared[what] = (actual, expected)

    checks["test_short"](FakeRun())  # type: ignore[arg-type]
    assert compared == {"`split_words('a')`": (["a"], ["a"]), "`split_words('b')`": (None, ["b"])}
