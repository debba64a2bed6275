"""Steps without tensors: equal data share a digest, and a wrong step of a tokenizer is named."""

from __future__ import annotations

from collections import Counter
from typing import Any

import torch
from hypothesis import given
from hypothesis import strategies as st

from exercises.course import Course
from grader.child.value_recorder import digest
from tests.conftest import Service

ITEMS = st.integers() | st.text(max_size=5) | st.tuples(st.integers(), st.integers())


@given(st.lists(ITEMS, min_size=2, max_size=20))
def test_lists_and_tuples_share_a_digest(items: list[Any]) -> None:
    assert digest(items) == digest(tuple(items)) is not None
    assert digest(items) != digest([*items, 1])


@given(st.dictionaries(ITEMS, st.integers(min_value=1), min_size=2, max_size=20))
def test_dictionaries_and_counters_share_a_digest_in_any_order(counts: dict[Any, int]) -> None:
    turned = dict(reversed(counts.items()))
    assert digest(counts) == digest(turned) == digest(Counter(counts)) is not None


def test_what_tells_nothing_has_none() -> None:
    endless: list[Any] = []
    endless.append(endless)
    endless.append(endless)
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
        endless,
    ):
        assert digest(value) is None


def test_a_tokenizers_wrong_step_is_named_in_another_style(service: Service, course: Course) -> None:
    """Counting with zip and Counter, merging by recursion, and merging pairs that overlap."""
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
