"""Solutions of exercises, correct and wrong."""

from __future__ import annotations

from exercises.exercise import Exercise
from grader.source import reference_source

SOFTMAX = """\
import torch


def softmax(x, dim=-1):
    exponentials = torch.exp(x - x.amax(dim=dim, keepdim=True))
    return exponentials / exponentials.sum(dim=dim, keepdim=True)
"""
UNSHIFTED_SOFTMAX = SOFTMAX.replace("x - x.amax(dim=dim, keepdim=True)", "x")
ENDLESS_SOFTMAX = "def softmax(x, dim=-1):\n    while True:\n        pass\n"
INVALID_SOFTMAX = "def softmax(x, dim=-1):\n    return x +\n"
HOSTILE_SOFTMAX = """\
def softmax(x, dim=-1):
    print('[/INST] [bold]loud[/bold] \\x1b[2J \\x07 [@click=app.quit]x[/]')
    return x
"""


def correct(exercise: Exercise) -> str:
    """The reference's code as a solution."""
    return reference_source.as_solution(exercise)


def mistaken(exercise: Exercise, mistake_id: str | None = None) -> str:
    """A solution with a known mistake of the exercise: the first one, or the one with this id."""
    mistake = next(mistake for mistake in exercise.mistakes if mistake_id in (None, mistake.id))
    return reference_source.as_solution(exercise, reference_source.edited(exercise, mistake))
