"""A result that lacks digits is named as a broken rule of dtypes."""

import pytest
import torch

from exercises.course import Course
from grader.judge.precision import lost_digits
from tests.support.grading import Service

RIGHT = torch.linspace(-3, 3, 20).tanh()


@pytest.mark.parametrize(
    ("learners", "dtype"),
    [
        (RIGHT.half().float(), "float16"),
        (RIGHT.bfloat16().float(), "bfloat16"),
        (RIGHT.bfloat16().float() * 2, ""),  # wrong for a different reason too
        (RIGHT + 0.001, ""),
        (RIGHT, ""),
        (RIGHT.double(), ""),
        (RIGHT[:2].half().float(), ""),
        ([0.5], ""),
    ],
)
def test_lost_digits(learners: object, dtype: str) -> None:
    right = RIGHT[: len(learners)] if isinstance(learners, torch.Tensor) else RIGHT
    assert lost_digits(learners, right) == dtype


def test_numbers_that_a_small_dtype_holds_say_nothing() -> None:
    right = torch.tensor([1.0, 2.0, 4.0, 8.0])
    assert lost_digits(right + torch.tensor([0.0, 0.015625, 0.015625, 0.015625]), right) == ""


def test_a_result_computed_in_bfloat16_is_named(service: Service, course: Course) -> None:
    source = """
from torch import nn

class GELU(nn.Module):
    def forward(self, x):
        return self.gelu(x.bfloat16()).to(x.dtype)

    def gelu(self, x):
        return 0.5 * x * (1 + (0.7978845608 * (x + 0.044715 * x**3)).tanh())
"""
    mistake = service.check(course.exercise("gelu"), source).mistake
    assert mistake is not None and mistake.id == "rule:dtype" and "only the digits of bfloat16" in mistake.says
