"""A month's terms quiz: short multiple-choice questions, with an explanation for every answer."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from msgspec import Struct, field, structs

from exercises.decode import ID, ID_RULE, CourseError, decode

MAX_WRONG_ANSWERS = 3  # the app has the keys a to d


class Answer(Struct, frozen=True, forbid_unknown_fields=True):
    """An answer to choose, and why it is right or wrong."""

    says: str
    why: str


class Question(Struct, frozen=True, forbid_unknown_fields=True):
    """A [[question]] of a quiz. `terms` are words of the glossary."""

    id: str
    ask: str
    terms: tuple[str, ...]
    right: Answer
    wrong: tuple[Answer, ...]
    code: str = ""

    @property
    def answers(self) -> tuple[Answer, ...]:
        """All answers, the right one first; screens show them in the order of `shuffled`."""
        return (self.right, *self.wrong)

    def shuffled(self, run: int) -> tuple[int, ...]:
        """Returns indices into `answers` in a random order, which is the same for every call with the same `run`."""
        count = len(self.answers)
        return tuple(random.Random(f"{run}/{self.id}").sample(range(count), count))


class QuizFile(Struct, frozen=True, forbid_unknown_fields=True):
    """A quizzes/MONTH.toml."""

    questions: tuple[Question, ...] = field(default=(), name="question")


@dataclass(frozen=True)
class Quiz:
    """The quiz of a month, with the month's id. The questions are read on demand."""

    id: str
    path: Path

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """All questions. Raises CourseError: "file: key: what is wrong, and what to do"."""
        return load_questions(self.path)

    @cached_property
    def version(self) -> str:
        """Twelve hex digits of a hash over the file. An unfinished run of a different version cannot be continued."""
        return hashlib.sha256(self.path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()[:12]


def pass_mark(total: int) -> int:
    """Returns how many right answers out of `total` pass a quiz: four in five, rounded up."""
    return -(-total * 4 // 5)


def load_questions(path: Path) -> tuple[Question, ...]:
    """Returns the questions of a quiz file. Raises CourseError."""
    questions = decode(path, QuizFile).questions
    if not questions:
        raise CourseError(path, "question", "the quiz has no question. Add a [[question]].")
    for name in ("id", "ask"):
        seen: set[str] = set()
        for i, question in enumerate(questions):
            value = getattr(question, name)
            if value in seen:
                raise CourseError(path, f"question[{i}].{name}", f"{value!r} is used twice. Change one of the two.")
            seen.add(value)
    return tuple(_question(path, f"question[{i}]", question) for i, question in enumerate(questions))


def _question(path: Path, key: str, question: Question) -> Question:
    if not ID.fullmatch(question.id):
        raise CourseError(path, f"{key}.id", f"{question.id!r} is not an id. {ID_RULE}")
    if not question.ask.strip():
        raise CourseError(path, f"{key}.ask", "the question is empty. Write it.")
    if not question.terms:
        raise CourseError(path, f"{key}.terms", "there is no term. Name the terms of the glossary that it is about.")
    if not 2 <= len(question.wrong) <= MAX_WRONG_ANSWERS:
        raise CourseError(path, f"{key}.wrong", f"there are {len(question.wrong)} wrong answers. Write two or three.")
    checked = structs.replace(
        question,
        ask=_one_line(question.ask),
        code=question.code.strip("\n"),
        right=_answer(path, f"{key}.right", question.right),
        wrong=tuple(_answer(path, f"{key}.wrong[{i}]", answer) for i, answer in enumerate(question.wrong)),
    )
    if len({answer.says for answer in checked.answers}) < len(checked.answers):
        raise CourseError(path, key, "two answers are the same. Change one of them.")
    return checked


def _answer(path: Path, key: str, answer: Answer) -> Answer:
    for name in ("says", "why"):
        if not getattr(answer, name).strip():
            raise CourseError(path, f"{key}.{name}", "the text is empty. Write it.")
    return Answer(_one_line(answer.says), _one_line(answer.why))


def _one_line(text: str) -> str:
    return " ".join(text.split())
