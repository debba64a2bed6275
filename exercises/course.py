"""What there is to learn, as plain frozen data: a course of months, each with materials and exercises."""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

from exercises.glossary import Glossary
from exercises.quiz import Quiz

Level = Literal["core", "stretch"]
Audience = Literal["all", "beginners"]
Kind = Literal["read", "watch", "code", "course", "page"]

MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class UnknownExercise(LookupError):
    """No exercise has this id; the message names the nearest ones."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


@dataclass(frozen=True)
class Mistake:
    """A typical wrong solution, as edits of the reference's source: each `replace[i]` becomes `by[i]`."""

    id: str
    says: str
    replace: tuple[str, ...]
    by: tuple[str, ...]


@dataclass(frozen=True)
class Exercise:
    """One thing to build. Texts are read from `folder` when first asked for, so loading a course is fast."""

    id: str
    title: str
    month_id: str
    folder: Path
    symbols: tuple[str, ...]
    reference: str
    chapter: str
    section: str
    minutes: int
    level: Level
    needs: tuple[str, ...]
    parts: tuple[str, ...]
    concepts: tuple[str, ...]
    forbids: tuple[str, ...]
    hints: tuple[str, ...]
    mistakes: tuple[Mistake, ...]
    time_limit: float = 10.0
    summary: str = ""
    renamed_from: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()  # arguments that the task says are changed, "copy_weights[0]": all others stay
    allows: tuple[tuple[str, str], ...] = ()  # general faults (grader.proof.faults) that are right here, and why

    @property
    def stem(self) -> str:
        """The module name of the learner's file: "causal_attention"."""
        return self.id.replace("-", "_")

    @property
    def file_name(self) -> str:
        """The learner's file: "causal_attention.py"."""
        return f"{self.stem}.py"

    @property
    def probes_path(self) -> Path:
        return self.folder / "probes.py"

    @property
    def tests_path(self) -> Path:
        return self.folder / f"test_{self.stem}.py"

    @cached_property
    def readme(self) -> str:
        """The task page, in Markdown."""
        return (self.folder / "README.md").read_text(encoding="utf-8")

    @cached_property
    def stub(self) -> str:
        """The starting point that a learner's file is made from."""
        return (self.folder / "stub.py").read_text(encoding="utf-8")

    @cached_property
    def version(self) -> str:
        """Twelve hex digits over the probes and the tests: a pass made with others is asked for again. What all
        exercises share in grader/ is left out: every change of it, and most ask nothing new, would void each pass."""
        digest = hashlib.sha256()
        for path in (self.probes_path, self.tests_path):
            content = path.read_bytes().replace(b"\r\n", b"\n")
            # The length goes in too, so that text moved from one file to the other changes the version.
            digest.update(f"{len(content)}\n".encode() + content)
        return digest.hexdigest()[:12]


@dataclass(frozen=True)
class Material:
    """Something to read, watch, run or follow: behind `url`, or a `page` of the course's own.

    `hours` is an estimate, of the whole thing unless `note` says which part is meant.
    """

    id: str
    title: str
    url: str | None
    audience: Audience
    kind: Kind
    note: str
    hours: float
    page: Path | None = None

    @cached_property
    def text(self) -> str | None:
        """The course's own page in Markdown; None where the material is elsewhere."""
        return None if self.page is None else self.page.read_text(encoding="utf-8")


@dataclass(frozen=True)
class Workload:
    """How long the organisers' outline says a month takes one audience."""

    audience: Audience
    text: str


@dataclass(frozen=True)
class ProjectTemplate:
    """What a learner's own project is made from: a folder of files, and the hours that a small one takes."""

    folder: Path
    hours: float


@dataclass(frozen=True)
class Month:
    """One month of the course, or the break (`number` is None). `when` is for example "Oct 2024"."""

    id: str
    title: str
    when: str
    number: int | None
    overview: str
    materials: tuple[Material, ...]
    workload: tuple[Workload, ...]
    agenda: tuple[str, ...]
    exercises: tuple[Exercise, ...]
    offset: int
    folder: str
    quiz: Quiz | None = None
    project: ProjectTemplate | None = None

    def materials_for(self, audience: Audience) -> tuple[Material, ...]:
        """The materials on the path of an audience: "beginners" takes them all, "all" leaves theirs out."""
        return tuple(one for one in self.materials if audience == "beginners" or one.audience == "all")


@dataclass(frozen=True)
class Book:
    """The text the course follows; `discount` is a code for `url`."""

    title: str
    author: str
    url: str
    code_url: str
    discount: str


@dataclass(frozen=True)
class Activity:
    """One way of taking part: reading, co-work, the group's meeting, chat."""

    name: str
    text: str


@dataclass(frozen=True)
class Course:
    """The whole course. `start` is the cohort's first month as "YYYY-MM"."""

    title: str
    overview: str
    objectives: tuple[str, ...]
    book: Book
    activities: tuple[Activity, ...]
    months: tuple[Month, ...]
    start: str
    glossary: Glossary = field(default_factory=Glossary)

    @cached_property
    def exercises(self) -> tuple[Exercise, ...]:
        """Every exercise, in course order."""
        return tuple(exercise for month in self.months for exercise in month.exercises)

    @cached_property
    def quizzes(self) -> tuple[Quiz, ...]:
        """Every month's terms quiz, in course order."""
        return tuple(month.quiz for month in self.months if month.quiz is not None)

    @cached_property
    def _by_id(self) -> dict[str, Exercise]:
        present = {exercise.id: exercise for exercise in self.exercises}
        return {old: exercise for exercise in self.exercises for old in exercise.renamed_from} | present

    def exercise(self, id: str) -> Exercise:
        """The exercise that has this id, or had it; raises UnknownExercise, whose message suggests near names."""
        found = self._by_id.get(id)
        if found is None:
            raise UnknownExercise(_unknown(id, list(self._by_id)))
        return found

    def starting(self, start: str) -> Course:
        """The same course for a cohort that starts in another month ("2025-03"); raises ValueError."""
        months = tuple(dataclasses.replace(month, when=when(start, month.offset)) for month in self.months)
        return dataclasses.replace(self, start=start, months=months)


def when(start: str, offset: int) -> str:
    """The label of the month `offset` months after `start`: when("2024-10", 3) is "Jan 2025"."""
    year, separator, month = start.partition("-")
    digits = year.isdecimal() and month.isdecimal() and len(year) == 4 and len(month) == 2
    if not (separator and start.isascii() and digits and 1 <= int(month) <= 12 and int(year) >= 1):
        raise ValueError(f"{start!r} is not a month; write it as YYYY-MM, for example 2024-10.")
    months = int(year) * 12 + int(month) - 1 + offset
    return f"{MONTH_NAMES[months % 12]} {months // 12}"


def _unknown(id: str, known: list[str]) -> str:
    wanted = id.strip().lower().replace("_", "-").removesuffix(".py").replace(" ", "-")
    near = difflib.get_close_matches(wanted, known, n=3, cutoff=0.5)
    near += [name for name in known if wanted and wanted in name and name not in near][: 3 - len(near)]
    if near:
        return f"There is no exercise {id!r}. Did you mean {' or '.join(near)}?"
    return f"There is no exercise {id!r}. `fromscratch list` shows them all."
