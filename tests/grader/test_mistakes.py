"""Pairs of known mistakes: which are tried first, and those whose edits do not fit together."""

from __future__ import annotations

import itertools

from exercises.course import Course
from grader.judge.mistakes import _suspect
from tests.support.grading import Service


def test_a_pair_that_is_not_python_is_left_out(course: Course) -> None:
    exercise = course.exercise("evaluate")
    suspects = [_suspect(exercise, pair) for pair in itertools.combinations(exercise.mistakes, 2)]
    assert None in suspects
    assert any(suspect is not None for suspect in suspects)


def test_a_pair_late_in_the_list_is_named(service: Service, course: Course) -> None:
    """Alpaca's own prompt differs in two ways; the exercise has over 3,000 pairs of mistakes."""
    source = """
ALPACA = "Below is an instruction that describes a task{}. Write a response that appropriately completes the request."

def format_input(entry):
    context = ", paired with an input that provides further context"
    prompt = ALPACA.format(context if entry["input"] else "") + "\\n\\n### Instruction:\\n" + entry["instruction"]
    return prompt + ("\\n\\n### Input:\\n" + entry["input"] if entry["input"] else "") + "\\n\\n### Response:"
"""
    mistake = service.check(course.exercise("format-input"), source).mistake
    assert mistake is not None and set(mistake.id.split("+")) == {"preamble-of-alpaca", "response-heading"}
