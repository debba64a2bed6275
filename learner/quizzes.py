"""A learner's quiz answers. Only answers are stored: runs, scores and states derive from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from exercises.quiz import Quiz, pass_mark

QuizState = Literal["new", "started", "failed", "passed"]


@dataclass(frozen=True)
class QuizRun:
    """One time through a quiz: `choices` are places in a question's `answers`, by its id. 0 is right."""

    number: int
    choices: dict[str, int] = field(default_factory=dict)

    @property
    def right(self) -> int:
        return sum(choice == 0 for choice in self.choices.values())


@dataclass(frozen=True)
class QuizStand:
    """Where the learner stands with a quiz. `best` is the best score of a whole run, out of `total`.

    "new": nothing answered. "started": no run is whole yet. "passed": in one whole run, four in five were right.
    "failed": there are whole runs, but none passed. `answered` counts the answers of a run under way.
    """

    state: QuizState = "new"
    runs: int = 0
    best: int = 0
    total: int = 0
    answered: int = 0


class QuizAnswers:
    """What Progress does with quizzes; it has the store."""

    if TYPE_CHECKING:
        _clock: Callable[[], datetime]

        def _rows(self, query: str, *values: object) -> Sequence[tuple[Any, ...]]: ...

        def _run(self, query: str, *values: object) -> int: ...

    def quiz_run(self, quiz: Quiz, anew: bool = False) -> QuizRun:
        """The run under way, to go on with; a fresh one if there is none, if it had other questions, or `anew`."""
        rows = self._rows(
            "SELECT run, version, question, choice FROM quiz_answer WHERE quiz = ?1"
            " AND run = (SELECT max(run) FROM quiz_answer WHERE quiz = ?1)",
            quiz.id,
        )
        if not rows:
            return QuizRun(1)
        number, version = rows[0][:2]
        if anew or version != quiz.version or len(rows) >= len(quiz.questions):
            return QuizRun(number + 1)
        return QuizRun(number, {question: choice for _, _, question, choice in rows})

    def answer_quiz(self, quiz: Quiz, run: int, question_id: str, choice: int) -> None:
        """Stores an answer; once it returns, no kill or power cut loses it. The first answer to a question stands."""
        self._run(
            "INSERT OR IGNORE INTO quiz_answer (quiz, version, run, question, choice, total, at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            quiz.id,
            quiz.version,
            run,
            question_id,
            choice,
            len(quiz.questions),
            self._clock().timestamp(),
        )

    def quiz_stands(self) -> dict[str, QuizStand]:
        """Where the learner stands with each quiz that has an answer, by the quiz's id."""
        rows = self._rows(
            "SELECT quiz, count(*), sum(choice = 0), max(total) FROM quiz_answer GROUP BY quiz, run ORDER BY quiz, run"
        )
        runs: dict[str, list[tuple[int, int, int]]] = {}
        for quiz, *counts in rows:
            runs.setdefault(quiz, []).append((counts[0], counts[1], counts[2]))
        return {quiz: _stand(found) for quiz, found in runs.items()}


def _stand(runs: list[tuple[int, int, int]]) -> QuizStand:
    """From (answered, right, total) of each run, the oldest first."""
    whole = [(right, total) for answered, right, total in runs if answered >= total]
    answered, _, total = runs[-1]
    open_answers = answered if answered < total else 0
    if not whole:
        return QuizStand("started", 0, 0, total, open_answers)
    best, out_of = max(whole, key=lambda run: (run[0] / run[1], run[1]))
    state: QuizState = "passed" if best >= pass_mark(out_of) else "failed"
    return QuizStand(state, len(whole), best, out_of, open_answers)
