"""A learner's quiz answers. Only answers are stored; runs, scores and states are derived from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from exercises.quiz import Quiz, pass_mark

QuizState = Literal["new", "started", "failed", "passed"]


@dataclass(frozen=True)
class QuizRun:
    """One run through a quiz. `choices` maps question ids to indices into `answers`, of which 0 is right."""

    number: int
    choices: dict[str, int] = field(default_factory=dict)

    @property
    def right(self) -> int:
        return sum(choice == 0 for choice in self.choices.values())


@dataclass(frozen=True)
class QuizProgress:
    """A learner's progress in a quiz. `best` is the best score of a complete run, out of `total`.

    The state is "new" without answers, "started" without a complete run, "passed" if a complete run had four in
    five right answers, and else "failed". `answered` counts the answers of an unfinished run.
    """

    state: QuizState = "new"
    runs: int = 0
    best: int = 0
    total: int = 0
    answered: int = 0


class QuizAnswersMixin:
    """The part of Progress that stores quiz answers."""

    if TYPE_CHECKING:
        _clock: Callable[[], datetime]

        def _query(self, query: str, *values: object) -> Sequence[tuple[Any, ...]]: ...

        def _change(self, query: str, *values: object) -> int: ...

    def quiz_run(self, quiz: Quiz, restart: bool = False) -> QuizRun:
        """Returns the unfinished run, or a new run if there is none, if the questions have changed, or to restart."""
        rows = self._query(
            "SELECT run, version, question, choice FROM quiz_answer WHERE quiz = ?1"
            " AND run = (SELECT max(run) FROM quiz_answer WHERE quiz = ?1)",
            quiz.id,
        )
        if not rows:
            return QuizRun(1)
        number, version = rows[0][:2]
        if restart or version != quiz.version or len(rows) >= len(quiz.questions):
            return QuizRun(number + 1)
        return QuizRun(number, {question: choice for _, _, question, choice in rows})

    def record_quiz_answer(self, quiz: Quiz, run: int, question_id: str, choice: int) -> None:
        """Stores an answer durably before it returns. Only the first answer to a question counts."""
        self._change(
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

    def quiz_progress(self) -> dict[str, QuizProgress]:
        """Returns the progress in each quiz that has an answer, by the quiz's id."""
        rows = self._query(
            "SELECT quiz, count(*), sum(choice = 0), max(total) FROM quiz_answer GROUP BY quiz, run ORDER BY quiz, run"
        )
        runs: dict[str, list[tuple[int, int, int]]] = {}
        for quiz, answered, right, total in rows:
            runs.setdefault(quiz, []).append((answered, right, total))
        return {quiz: _progress(quiz_runs) for quiz, quiz_runs in runs.items()}


def _progress(runs: list[tuple[int, int, int]]) -> QuizProgress:
    """Returns the progress for (answered, right, total) of each run, the oldest first."""
    complete = [(right, total) for answered, right, total in runs if answered >= total]
    answered, _, total = runs[-1]
    unfinished_answers = answered if answered < total else 0
    if not complete:
        return QuizProgress("started", 0, 0, total, unfinished_answers)
    best, out_of = max(complete, key=lambda run: (run[0] / run[1], run[1]))
    state: QuizState = "passed" if best >= pass_mark(out_of) else "failed"
    return QuizProgress(state, len(complete), best, out_of, unfinished_answers)
