"""The inputs of probes are parsed as their annotations declare them, and others are refused."""

import importlib.util
import inspect
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exercises import inputs, kit
from exercises.inputs import IntArgument, IntListArgument, InvalidInput, Probe, TextArgument
from exercises.load import load_course

EXERCISES = load_course().exercises
PROBE = Probe(
    "ask",
    "",
    (IntArgument("n", 3, -2, 9), TextArgument("words", "a", 1, 8), IntListArgument("ids", (1, 2), 0, 4, 0, 6)),
)
INSIDE = {
    "n": st.integers(-2, 9),
    "words": st.text(st.characters(codec="utf-8"), min_size=1, max_size=8),
    "ids": st.lists(st.integers(0, 6), max_size=4),
}
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.integers(-3, 10),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=8,
)


@pytest.mark.parametrize("exercise", [e for e in EXERCISES if e.probes_path.exists()], ids=lambda e: e.id)
def test_parsed_arguments_equal_the_annotations(exercise: Any) -> None:
    spec = importlib.util.spec_from_file_location("probes_read", exercise.probes_path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    kinds = {kit.Int: IntArgument, kit.Text: TextArgument, kit.Ints: IntListArgument}
    annotated = {}
    for name, function in inspect.getmembers(module, inspect.isfunction):
        if function.__module__ != "probes_read":
            continue
        parameters = list(inspect.signature(function).parameters.values())
        bounded = [p for p in parameters if type(p.annotation) in kinds]
        if bounded and parameters[0].name == "impl":
            annotated[name] = tuple(kinds[type(p.annotation)](p.name, p.default, *p.annotation.bounds) for p in bounded)
    assert {name: probe.arguments for name, probe in inputs.probes(exercise).items()} == annotated
    for probe in inputs.probes(exercise).values():
        assert probe.complete({}) == probe.complete(probe.complete({}))  # the defaults are within the bounds
        assert probe.summary, f"{exercise.id}: {probe.name} has no docstring"


@given(st.fixed_dictionaries({}, optional=INSIDE))
def test_values_within_bounds_are_accepted(given: dict[str, Any]) -> None:
    whole = PROBE.complete(given)
    assert list(whole) == ["n", "words", "ids"]
    assert {name: whole[name] for name in given} == given


@given(st.dictionaries(st.sampled_from(["n", "words", "ids", "impl", "x"]), ANYTHING, max_size=3))
def test_values_out_of_bounds_are_refused(given: dict[str, Any]) -> None:
    def inside(name: str, value: Any) -> bool:
        if name == "n":
            return type(value) is int and -2 <= value <= 9
        if name == "words":
            return type(value) is str and 1 <= len(value) <= 8
        wholes = type(value) is list and all(type(one) is int and 0 <= one <= 6 for one in value)
        return name == "ids" and wholes and len(value) <= 4

    if all(inside(name, value) for name, value in given.items()):
        PROBE.complete(given)
    else:
        with pytest.raises(InvalidInput):
            PROBE.complete(given)


@pytest.mark.parametrize("text", ["\ud800", "", "a" * 9])
def test_invalid_texts_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="a text of 1 to 8 characters"):
        PROBE.complete({"words": text})


@given(st.integers())
def test_chance_stays_inside(seed: int) -> None:
    given = PROBE.random_arguments(random.Random(seed))
    assert PROBE.complete(given) == given


@given(st.fixed_dictionaries(INSIDE))
def test_what_is_typed_is_read_back(given: dict[str, Any]) -> None:
    for argument in PROBE.arguments:
        words = inputs.format_value(given[argument.name])
        assert words.isprintable()
        assert inputs.parse_value(argument, words) == given[argument.name]


@pytest.mark.parametrize(
    ("name", "words", "value"),
    [
        ("words", r"a\nb\u0301", "a\nb\u0301"),
        ("words", r"C:\dir", r"C:\dir"),
        ("words", r"\\n", r"\n"),
        ("ids", "[1, 2,]", [1, 2]),
        ("ids", "", []),
        ("n", " 3 ", 3),
    ],
)
def test_typed_values_are_parsed(name: str, words: str, value: Any) -> None:
    assert inputs.parse_value(next(one for one in PROBE.arguments if one.name == name), words) == value


@pytest.mark.parametrize(
    ("name", "words"), [("n", "x"), ("n", "10"), ("ids", "1 2"), ("ids", "7"), ("words", r"\ud800")]
)
def test_invalid_typed_values_are_refused(name: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=f"`{name}` must be a"):
        inputs.parse_value(next(one for one in PROBE.arguments if one.name == name), words)


def test_an_unknown_probe_is_refused() -> None:
    exercise = next(one for one in EXERCISES if inputs.probes(one))
    with pytest.raises(InvalidInput, match="has no probe 'nothing'"):
        inputs.probe(exercise, "nothing")
