"""Differences are described in a message; equal values of different types are equal where the task allows it."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from exercises.kit.compare import difference

ONES = torch.ones(2, 3)


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (ONES, ONES + 1e-6),
        (torch.tensor(2.0), 2.0),
        (2, 2.0),
        (math.nan, math.nan),
        (torch.tensor(math.nan), torch.tensor(math.nan)),
        ({"a": [1, (2, "x")]}, {"a": [1, (2, "x")]}),
        (ONES.to("meta"), ONES.to("meta")),
        (torch.empty(0, 3), torch.empty(0, 3)),
        ({(1, 2): 3}, {(1, 2): 3}),
    ],
)
def test_equal_values(actual: Any, expected: Any) -> None:
    assert difference(actual, expected) is None


@pytest.mark.parametrize(
    ("actual", "expected", "message"),
    [
        (ONES[0], ONES, "has shape (3,); it should be (2, 3)"),
        (ONES.double(), ONES, "has dtype float64; it should be float32"),
        (ONES * math.nan, ONES, "contains NaN (6 of 6 values)"),
        (ONES.to("meta"), ONES, "is on the device meta"),
        (ONES + torch.eye(2, 3), ONES, "2 of 6 values differ; the first, at [0, 0], is 2 and should be 1"),
        (None, ONES, "Is a `return` missing?"),
        (None, 3.0, "Is a `return` missing?"),
        ([1.0], ONES, "is a list; it should be a tensor of shape (2, 3)"),
        (True, 1, "is a bool; it should be the number 1"),
        (3, 4, "is 3; it should be 4"),
        ("a", "b", "is 'a'; it should be 'b'"),
        ("a" * 90 + "b", "a" * 90 + " b", "from character 91 on: it has '…aaaaaa"),
        ("a" * 90 + "b", "a" * 90 + " b", "aaaa b'."),
        ([1, 2], (1, 2), "is a list; it should be a tuple"),
        ([1, 2, 3], [1, 2], "has 3 items"),
        ([1, 5], [1, 2], "result[1] is 5; it should be 2"),
        ({"a": 1}, {"a": 1, "b": 2}, "has no 'b'"),
        ({"a": 1, "c": 2}, {"a": 1}, "has 'c', which should not be there"),
        ({"some_key": 1}, {"some_key": 2}, "Your some key is 1; it should be 2"),
        (torch.tensor(1), torch.tensor(2), "is 1; it should be 2"),
        (1.0, 1.01, "is 1; it should be 1.01"),
        (math.inf, 1.0, "is inf"),
    ],
)
def test_different_values(actual: Any, expected: Any, message: str) -> None:
    assert message in str(difference(actual, expected))


def test_a_tensor_without_numbers_is_shown_by_its_shape() -> None:
    """A mutant moves its result to "meta" where a plain value is expected."""
    assert "tensor of shape (2,)" in str(difference(torch.empty(2, device="meta"), True))
