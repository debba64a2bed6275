"""Tests of the catalogue of parts: its exercises and the reference's symbols exist."""

import importlib

import pytest

from exercises.course import Course
from playground.parts_catalogue import GPT, LLAMA, PARTS, Part, find_part, parts_from, parts_of


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.id)
def test_the_exercises_and_symbols_of_a_part_exist(part: Part, course: Course) -> None:
    assert set(part.architectures) <= {GPT, LLAMA}
    for supplier in part.suppliers:
        exercise = course.exercise(supplier.exercise)
        module, _, symbol = supplier.reference.partition(":")
        assert supplier.symbol in exercise.symbols
        assert (module, symbol) == (exercise.reference, supplier.symbol)
        assert callable(getattr(importlib.import_module(module), symbol))
        assert part in parts_from(exercise.id)


def test_ids_are_unique_and_unknown_ones_are_explained() -> None:
    assert len({part.id for part in PARTS}) == len(PARTS)
    assert find_part(LLAMA, "swiglu").title == "SwiGLU feed-forward"
    with pytest.raises(ValueError, match=r"no part 'attention'\. Its parts are rms-norm, swiglu, "):
        find_part(LLAMA, "attention")
    assert {part.id for part in parts_of(GPT)} > {"tokenizer", "attention", "cache", "loss"}
