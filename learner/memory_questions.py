"""Questions about the learner's own mistakes: those that a check named, and inputs that broke their code in a group.

A question shows a mistake's sentence and never its code. It is asked after a return, of an exercise that has passed.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from exercises.exercise import Exercise
from exercises.quiz import MAX_WRONG_ANSWERS, Answer, Question
from learner.returns import Return

SPLIT = "; "  # a mistake reads "Yours …; it should …"
STOPS = "It stopped with an error."


class Counterexample(NamedTuple):
    """A call that broke the learner's code in a group: what it returned there ("" where it stopped), what the
    reference returns, and the hub's sentence about the difference."""

    attempt: str
    call: str
    theirs: str
    expected: str
    says: str


class QuestionsMixin:
    """The part of Progress that asks about the learner's mistakes and stores the answers."""

    if TYPE_CHECKING:
        _clock: Callable[[], datetime]

        def _query(self, query: str, *values: object) -> Sequence[tuple[Any, ...]]: ...

        def _change(self, query: str, *values: object) -> int: ...

        def _add(self, exercise_id: str, number: int, event: str, value: str) -> None: ...

    def own_mistakes(self, exercise_id: str) -> list[str]:
        """Returns the ids of the mistakes that checks have named in the learner's code, the latest first."""
        rows = self._query(
            "SELECT json_extract(verdict, '$.mistake.id') FROM attempt WHERE exercise = ?"
            " AND json_valid(verdict) ORDER BY id DESC",
            exercise_id,
        )
        return list(dict.fromkeys(id for (ids,) in rows if ids for id in str(ids).split("+")))

    def counterexamples(self, exercise_id: str) -> list[Counterexample]:
        """Returns the inputs that have broken the learner's code in a group, the latest first."""
        rows = self._query(
            "SELECT value FROM recall WHERE exercise = ? AND event = 'counterexample' ORDER BY id DESC", exercise_id
        )
        return [Counterexample(**json.loads(value)) for (value,) in rows]

    def add_counterexample(self, exercise_id: str, counterexample: Counterexample) -> None:
        """Stores an input that has broken the learner's code, once."""
        self._add(exercise_id, 0, "counterexample", json.dumps(counterexample._asdict()))

    def open_questions(self, exercise: Exercise, ended: Return) -> list[Question]:
        """Returns the questions after a return that the learner has not answered yet, at most one of each kind."""
        answered = self._answers(exercise.id, ended.number)
        return [question for question in self.questions(exercise, ended) if question.id not in answered]

    def questions(self, exercise: Exercise, ended: Return) -> list[Question]:
        """Returns the questions after a return; each return asks about a different mistake and counterexample."""
        mistakes = _mistake_questions(exercise, self.own_mistakes(exercise.id), ended.number)
        broken = map(_counterexample_question, self.counterexamples(exercise.id))
        choices = [[question for question in kind if question is not None] for kind in (mistakes, broken)]
        return [kind[(ended.number - 1) % len(kind)] for kind in choices if kind]

    def record_answer(self, exercise: Exercise, ended: Return, question: Question, choice: int) -> None:
        """Stores an answer durably. `choice` is an index into the question's answers, of which 0 is right."""
        if question.id not in self._answers(exercise.id, ended.number):
            value = json.dumps({"question": question.id, "choice": choice})
            self._add(exercise.id, ended.number, "answered", value)

    def _answers(self, exercise_id: str, number: int) -> dict[str, int]:
        rows = self._query(
            "SELECT value FROM recall WHERE exercise = ? AND number = ? AND event = 'answered'", exercise_id, number
        )
        answers = [json.loads(value) for (value,) in rows]
        return {answer["question"]: answer["choice"] for answer in answers}


def _mistake_questions(exercise: Exercise, own: Sequence[str], number: int) -> Iterator[Question | None]:
    for id in own:
        yield _mistake_question(exercise, id, number)


def _mistake_question(exercise: Exercise, id: str, number: int) -> Question | None:
    """Returns a question about a mistake: which of several corrections, each of one of the exercise's mistakes, is its.

    Returns None if the exercise no longer has the mistake, or has too few others.
    """
    says = {mistake.id: mistake.says for mistake in reversed(exercise.mistake_variants)}
    wrong, separator, right = says.get(id, "").rpartition(SPLIT)
    if not separator:
        return None
    others: dict[str, str] = {}
    for sentence in (sentence for other, sentence in says.items() if other != id):
        _, separator, correction = sentence.rpartition(SPLIT)
        if separator and correction.casefold() != right.casefold():
            others.setdefault(correction, sentence)
    chosen = random.Random(f"{exercise.id}/{id}/{number}").sample(sorted(others), min(len(others), MAX_WRONG_ANSWERS))
    if not chosen:
        return None
    return Question(
        id=f"mistake {id}",
        ask=f"In an attempt of yours at {exercise.title}, a check named this mistake: “{wrong}; …” How does it end?",
        terms=exercise.concepts,
        right=Answer(f"… {right}", f"This is your mistake: {says[id]}"),
        wrong=tuple(Answer(f"… {other}", f"This corrects a different mistake: {others[other]}") for other in chosen),
    )


def _counterexample_question(counterexample: Counterexample) -> Question | None:
    """Returns a question about what the learner's code did with an input, or None if nothing tells that apart."""
    own, expected, says = counterexample.theirs, counterexample.expected, counterexample.says
    if not expected or own == expected or not (own or says):
        return None
    wrong = [Answer(expected, "This is what the reference returns.")]
    if own:
        wrong.append(Answer(STOPS, "It ran to its end, and returned a different result."))
    return Question(
        id=f"counterexample {counterexample.attempt}",
        ask="A member of your group broke your code with this input. What did your code give here?",
        terms=(),
        right=Answer(own or says, f"{says or 'Yours differs.'} The reference returns {expected}."),
        wrong=tuple(wrong),
        code=counterexample.call,
    )
