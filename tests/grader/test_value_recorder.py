"""Equal data have equal digests, and the first wrong step of a tokenizer is found by them."""

from __future__ import annotations

from collections import Counter
from typing import Any

import torch
from hypothesis import given
from hypothesis import strategies as st

from exercises.course import Course
from grader.child.value_recorder import digest
from tests.support.command_line import run_python
from tests.support.grading import Service

ITEMS = st.integers() | st.text(max_size=5) | st.tuples(st.integers(), st.integers())


@given(st.lists(ITEMS, min_size=2, max_size=20))
def test_lists_and_tuples_have_equal_digests(items: list[Any]) -> None:
    assert digest(items) == digest(tuple(items)) is not None
    assert digest(items) != digest([*items, 1])


@given(st.dictionaries(ITEMS, st.integers(min_value=1), min_size=2, max_size=20))
def test_dicts_and_counters_have_equal_digests_in_any_order(counts: dict[Any, int]) -> None:
    reversed_counts = dict(reversed(counts.items()))
    assert digest(counts) == digest(reversed_counts) == digest(Counter(counts)) is not None


def test_unspecific_values_have_no_digest() -> None:
    recursive: list[Any] = []
    recursive.append(recursive)
    recursive.append(recursive)
    for value in (
        1,
        2.5,
        None,
        [],
        [1],
        "",
        "a",
        {1: 2},
        [object(), 1],
        [torch.ones(1), 1],
        list(range(10**5)),
        recursive,
    ):
        assert digest(value) is None


def test_a_wrong_step_is_found_in_a_different_coding_style(service: Service, course: Course) -> None:
    """The solution counts with a Counter, and its recursive merge wrongly merges overlapping pairs."""
    source = """
from collections import Counter

def get_stats(numbers, counts=None):
    counts = Counter() if counts is None else counts
    for both in zip(numbers, numbers[1:]):
        counts[both] = counts.get(both, 0) + 1
    return counts

def merge(numbers, pair, idx):
    if len(numbers) < 2:
        return list(numbers)
    if tuple(numbers[:2]) == tuple(pair):
        return [idx] + merge(numbers[1:], pair, idx)[1:]
    return numbers[:1] + merge(numbers[1:], pair, idx)
"""
    exercise = course.exercise("bpe-pairs")
    verdict = service.check(exercise, source)
    assert verdict.outcome == "failed"
    assert verdict.missing_stage == "merged"


def test_imports_of_the_first_recorded_operation_are_not_counted() -> None:
    code = """
import sys, types
from grader.child import serve, solution
from grader.child.value_recorder import digest

impl = solution.load(b"import torch\\ndef f():\\n    x = torch.ones(3)\\n    word = 'hidden'\\n    return x\\n", "f.py")
reply = serve._trace({"probe": "call", "arguments": {}}, impl, {"call": lambda impl: impl.f()}, "f.py")
print(reply["complete"], digest("hidden") in reply["seen"])
"""
    assert run_python(code).stdout == "True True\n"
