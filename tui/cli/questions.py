"""Asks multiple-choice questions in a terminal, and explains the answers."""

from __future__ import annotations

import sys

from exercises.quiz import Question
from tui.cli.terminal import echo

LETTERS = "abcd"


def ask(heading: str, question: Question, order: tuple[int, ...]) -> int | None:
    """Asks a question with its answers in this order. Returns the index of the chosen answer, None to quit."""
    echo(f"\n{heading}{question.ask}")
    for line in question.code.splitlines():
        echo(f"    {line}")
    for letter, index in zip(LETTERS, order, strict=False):
        echo(f"  {letter}. {question.answers[index].says}")
    letters = LETTERS[: len(order)]
    keys = dict(zip(letters, order, strict=True)) | {str(i): index for i, index in enumerate(order, 1)}
    while True:
        echo(f"Your answer ({letters[0]} to {letters[-1]}, q to quit): ", nl=False)
        line = sys.stdin.readline()
        key = line.strip().casefold().rstrip(".)")
        if not line or key == "q":
            return None
        if key in keys:
            return keys[key]
        echo(f"Type one of {', '.join(letters)}, or q.")


def explain(question: Question, order: tuple[int, ...], choice: int) -> None:
    """Prints whether the choice was right, and why each answer is right or wrong."""
    letters = dict(zip(order, LETTERS, strict=False))
    chosen = question.answers[choice]
    if choice == 0:
        echo(f"Right. {chosen.why}")
    else:
        echo(f"Not {letters[choice]}. {chosen.why}")
        echo(f"It is {letters[0]}: {question.right.says.rstrip('.')}. {question.right.why}")
    for index in order:
        if index not in (0, choice):
            echo(f"  {letters[index]}: {question.answers[index].why}")
