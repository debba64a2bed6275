"""A month's terms quiz: short questions, each with one right answer, and every answer explained."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from exercises.decode import ID, REMEDY, CourseError, decode
from exercises.schema import AnswerFile, QuestionFile, QuizFile

MOST_WRONG = 3  # the keys a to d are all there are


@dataclass(frozen=True)
class Answer:
    """Something to choose, and why it is right or wrong."""

    says: str
    why: str


@dataclass(frozen=True)
class Question:
    """`answers[0]` is the right one; whoever asks shows them in the order of `shuffled`."""

    id: str
    ask: str
    code: str
    terms: tuple[str, ...]
    answers: tuple[Answer, ...]

    def shuffled(self, run: int) -> tuple[int, ...]:
        """The places in `answers`, in the order to show them on the learner's run number `run`: always the same."""
        return tuple(random.Random(f"{run}/{self.id}").sample(range(len(self.answers)), len(self.answers)))


@dataclass(frozen=True)
class Quiz:
    """The quiz of one month, which lends it its id. The questions are read when first asked for."""

    id: str
    path: Path

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """All questions; raises CourseError: "file: key: what is wrong, and what to do"."""
        return load_questions(self.path)

    @cached_property
    def version(self) -> str:
        """Twelve hex digits over the file: a run begun with other questions is not gone on with."""
        return hashlib.sha256(self.path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()[:12]


def needed(total: int) -> int:
    """How many right answers of `total` pass a quiz: four in five, rounded up."""
    return -(-total * 4 // 5)


def load_questions(path: Path) -> tuple[Question, ...]:
    """The questions of a quiz file; raises CourseError."""
    file = decode(path, QuizFile)
    if not file.question:
        raise CourseError(path, "question", "the quiz has no question. Add a [[question]].")
    for name in ("id", "ask"):
        seen: set[str] = set()
        for i, question in enumerate(file.question):
            value = getattr(question, name)
            if value in seen:
                raise CourseError(path, f"question[{i}].{name}", f"{value!r} is used twice. Change one of the two.")
            seen.add(value)
    return tuple(_question(path, f"question[{i}]", question) for i, question in enumerate(file.question))


def _question(path: Path, key: str, question: QuestionFile) -> Question:
    if not ID.fullmatch(question.id):
        raise CourseError(path, f"{key}.id", f"{question.id!r} is not an id. {REMEDY}")
    if not question.ask.strip():
        raise CourseError(path, f"{key}.ask", "the question is empty. Write it.")
    if not question.terms:
        raise CourseError(path, f"{key}.terms", "there is no term. Name what the glossary says more about.")
    if not 2 <= len(question.wrong) <= MOST_WRONG:
        says = f"{len(question.wrong)} wrong answers. Write two or three."
        raise CourseError(path, f"{key}.wrong", says)
    wrong = (_answer(path, f"{key}.wrong[{i}]", answer) for i, answer in enumerate(question.wrong))
    answers = (_answer(path, f"{key}.right", question.right), *wrong)
    if len({answer.says for answer in answers}) < len(answers):
        raise CourseError(path, key, "two answers say the same. Change one of them.")
    return Question(question.id, _line(question.ask), question.code.strip("\n"), question.terms, answers)


def _answer(path: Path, key: str, answer: AnswerFile) -> Answer:
    for name in ("says", "why"):
        if not getattr(answer, name).strip():
            raise CourseError(path, f"{key}.{name}", "the text is empty. Write it.")
    return Answer(_line(answer.says), _line(answer.why))


def _line(text: str) -> str:
    """Undoes the line breaks of the file."""
    return " ".join(text.split())
