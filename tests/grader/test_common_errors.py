"""Errors with one usual cause are explained and named, from the exceptions that Python and PyTorch really raise."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from grader import common_errors, messages
from grader.child import solution
from grader.judge.causes import Failure
from grader.judge.rules import broken_rule
from grader.verdict import Check

NOTHING: Any = None


def change_a_weight() -> None:
    torch.nn.Linear(2, 2).weight.add_(1)


def change_a_row() -> None:
    torch.nn.Linear(2, 2).weight[0] += 1


def expect_a_batch() -> None:
    x = torch.ones(2, 3)
    _B, _T, _D = x.shape


def take_a_second_size() -> None:
    x = torch.ones(3)
    torch.zeros(x.shape[1])


def normalize_columns() -> None:
    torch.ones(3).softmax(dim=1)


def assign_a_tensor() -> None:
    layer = torch.nn.Linear(2, 2)
    layer.weight = layer.weight.T


def assert_too_much() -> None:
    size = 3
    assert size % 2 == 0


def refuse_too_much() -> None:
    raise ValueError("size must be even")


def replace_the_numbers() -> None:
    torch.nn.Linear(2, 2, device="meta").weight.data = torch.ones(2, 2)


@pytest.mark.parametrize(
    ("raises", "cause", "says"),
    [
        (change_a_weight, "in-place", "torch.no_grad()"),
        (change_a_row, "in-place", "torch.no_grad()"),
        (take_a_second_size, "dimensions", "uses a dimension that the tensor does not have; it should work for all"),
        (normalize_columns, "dimensions", "uses a dimension that the tensor does not have; it should work for all"),
        (lambda: torch.tensor([[1, 2, 3], [4, 5]]), "lengths", "different lengths, 3 and 2;"),
        (lambda: torch.stack([torch.ones(3), torch.ones(2)]), "lengths", "different shapes, (3) and (2);"),
        (lambda: torch.ones(()).backward(), "no-gradient", "all weights are frozen"),
        (lambda: torch.ones(2, requires_grad=True).mul(2).backward(), "one-number", "backward() on several numbers"),
        (lambda: torch.ones(3).item(), "one-number", "this tensor has 3."),
        (lambda: bool(torch.ones(2) > 0), "one-number", "as one condition"),
        (lambda: torch.optim.SGD(iter(()), lr=1.0), "parameters", "no parameters"),
        (replace_the_numbers, "dtype-or-device", "of another dtype or device to .data; it should keep both"),
        (assert_too_much, "own-error", "The line asserts what does not hold in a case that the page allows."),
        (refuse_too_much, "own-error", "The line raises this error itself in a case that the page allows."),
        (assign_a_tensor, "parameter", "the Parameter `weight`; it should assign an nn.Parameter"),
        (expect_a_batch, "dimensions", "more dimensions, 3, but this one has 2;"),
        (lambda: torch.cat([torch.ones(1, 2), torch.ones(1)], 1), "dimensions", "numbers of dimensions, 2 and 1;"),
        (lambda: torch.ones(2, 3).T.view(6), "view", "it should use reshape"),
        (lambda: torch.ones(2, 3) @ torch.ones(4, 5), "sizes", "(2, 3) and (4, 5): the columns"),
        (lambda: torch.ones(2, 3) + torch.ones(2, 4), "sizes", "3 and 4 in dimension 1;"),
        (lambda: torch.nn.Embedding(2, 3)(torch.tensor([2])), "ids", "the embedding table does not have"),
        (lambda: torch.ones(1).squeeze()[1:], "dimensions", "without dimensions; squeeze() also"),
        (lambda: torch.ones(1).squeeze()[0], "dimensions", "without dimensions; squeeze() also"),
        (lambda: list(torch.ones(1).squeeze()), "dimensions", "without dimensions; squeeze() also"),
        (lambda: torch.topk(torch.ones(3), 4), "top-k", "more values than the tensor has"),
        pytest.param(
            lambda: torch.ones(1, device="cuda"),
            "device",
            "the device cuda, which this machine does not have",
            marks=pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has the device cuda"),
        ),
        (lambda: NOTHING.parameters, "none", "uses `NOTHING`, which is None there"),
        (lambda: NOTHING[0], "none", "uses `NOTHING`, which is None there"),
        (lambda: NOTHING(1), "none", "uses `NOTHING`, which is None there"),
        (lambda: NOTHING + 1, "none", "uses a value, which is None there"),
        (lambda: torch.relu(NOTHING), "none", "uses a value, which is None there"),
    ],
)
def test_an_error_with_one_cause_is_explained_and_named(raises: Callable[[], object], cause: str, says: str) -> None:
    with pytest.raises(Exception) as caught:
        raises()
    message = messages.exception(solution.report(caught.value, __file__), {}, {})
    assert says in message and f"raises {caught.type.__name__}: " in message
    check = Check("test_result", "failed", message, 0.0, "The result is right")
    match = broken_rule([Failure("test_result", "raised", message)], [check], {})
    assert match is not None and match.id == f"error:{cause}" and match.says == message


@pytest.mark.parametrize(
    "error", ["ValueError: lr must be positive", "RuntimeError: mat1 and mat2 shapes", "KeyError: 1"]
)
def test_other_errors_are_left_as_they_are(error: str) -> None:
    kind, text = error.split(": ")
    assert common_errors.explanation(kind, text, code="x = y") == ""
