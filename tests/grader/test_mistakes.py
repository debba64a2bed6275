"""Pairs of known mistakes: which are tried first, and those whose edits do not fit together."""

from __future__ import annotations

import dataclasses
import itertools
import math
from types import SimpleNamespace
from typing import Any, cast

import pytest

from exercises.course import Course
from grader.judge import mistakes
from grader.judge.mistakes import SLOW_CALL, MistakeMatcher, Suspect, _suspect
from grader.judge.run import ProbeCall, Run
from tests.support.grading import Service
from tests.support.solutions import correct


def test_a_pair_that_is_not_python_is_left_out(course: Course) -> None:
    exercise = course.exercise("evaluate")
    suspects = [_suspect(exercise, pair) for pair in itertools.combinations(exercise.mistakes, 2)]
    assert None in suspects
    assert any(suspect is not None for suspect in suspects)


def test_the_edits_of_a_pair_are_made_in_the_order_in_which_they_fit(course: Course) -> None:
    """`overflow` replaces the call of tanh that `minus` needs."""
    exercise = course.exercise("gelu")
    pair = tuple(mistake for mistake in exercise.mistakes if mistake.id in ("overflow", "minus"))
    assert len(pair) == 2
    assert _suspect(exercise, pair) is not None and _suspect(exercise, pair[::-1]) is not None


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


def test_a_pair_whose_mistakes_change_each_others_effect_is_named(service: Service, course: Course) -> None:
    """Alone the wrong root changes nothing at large numbers; with the wrong power it does."""
    exercise = course.exercise("gelu")
    source = correct(exercise).replace("x**3", "x**2").replace("2.0 / math.pi", "math.pi / 2")
    mistake = service.check(exercise, source).mistake
    assert mistake is not None and set(mistake.id.split("+")) == {"root", "power"}


class CountingMatcher(MistakeMatcher):
    """Counts the outcomes of slow calls that it is asked for. Each mistake gives 1 in a quick call, 2 in a slow one."""

    slow_outcomes = 0

    def outcome(self, suspect: Suspect, call: ProbeCall) -> tuple[Any, ...]:
        self.slow_outcomes += call.seconds >= SLOW_CALL
        return ("data", 2 if call.seconds >= SLOW_CALL else 1, {})


def test_slow_calls_are_asked_only_of_mistakes_that_explain_the_quick_ones(course: Course) -> None:
    def run(quick: int) -> Run:
        calls = (
            ProbeCall("slow", {}, ("data", 2, {}), "a", SLOW_CALL),
            ProbeCall("quick", {}, ("data", quick, {}), "b"),
        )
        by_key = {call.key: call for call in calls}
        reference = {"slow": 0, "quick": 0}
        run = SimpleNamespace(calls=by_key, reference=lambda probe, **_: reference[probe], searches_end=math.inf)
        return cast(Run, run)

    exercise = course.exercise("lr-schedule")
    other = CountingMatcher(exercise, {})
    assert other.match(run(quick=0), with_pairs=False) is None
    assert other.slow_outcomes == 0
    same = CountingMatcher(exercise, {})
    assert same.match(run(quick=1), with_pairs=False) is not None
    assert same.slow_outcomes > 0


@pytest.mark.parametrize(("seconds", "tries_pairs"), [(-1.0, False), (60.0, True)])
def test_pairs_are_tried_only_for_a_limited_time(
    course: Course, monkeypatch: pytest.MonkeyPatch, seconds: float, tries_pairs: bool
) -> None:
    calls = 0

    def probe(impl: Any) -> int:
        nonlocal calls
        calls += 1
        return 1

    monkeypatch.setattr(mistakes, "MAX_PAIR_SECONDS", seconds)
    call = ProbeCall("probe", {}, ("data", 2, {}), "a")
    run = SimpleNamespace(calls={"a": call}, reference=lambda probe, **_: 0, searches_end=math.inf)
    matcher = MistakeMatcher(course.exercise("highest-gradient"), {"probe": probe})
    assert matcher.match(cast(Run, run)) is None
    assert (calls > len(matcher.suspects)) == tries_pairs
    run.calls["a"] = dataclasses.replace(call, key="b")
    run.searches_end, calls = 0.0, 0
    assert matcher.match(cast(Run, run)) is None and calls == 0, "a busy machine has no time left"


def test_two_mistakes_in_parts_of_one_result_are_named(service: Service, course: Course) -> None:
    source = """
import pandas as pd
import torch

class SpamDataset(torch.utils.data.Dataset):
    def __init__(self, csv_file, tokenizer, max_length=None, pad_token_id=50256):
        table = pd.read_csv(csv_file)
        self.labels = table["Label"].tolist()
        texts = [tokenizer.encode(text)[:max_length] for text in table["Text"]]
        self.max_length = max_length if max_length is not None else max(map(len, texts))
        self.texts = [ids + [pad_token_id] * (self.max_length - len(ids)) for ids in texts]

    def __getitem__(self, index):
        return torch.tensor(self.texts[index], dtype=torch.float32), torch.tensor(float(self.labels[index]))

    def __len__(self):
        return len(self.labels)
"""
    mistake = service.check(course.exercise("spam-dataset"), source).mistake
    assert mistake is not None and set(mistake.id.split("+")) == {"float-ids", "float-label"}
