"""The course as frozen structs: months with materials and exercises. msgspec decodes the TOML files into them."""

from __future__ import annotations

import difflib
import re
from functools import cached_property
from pathlib import Path
from typing import Literal

from msgspec import Struct, field, structs

from exercises.exercise import Exercise
from exercises.glossary import Glossary
from exercises.quiz import Quiz

Audience = Literal["all", "beginners"]
Kind = Literal["read", "watch", "code", "course", "page"]

MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class UnknownExercise(LookupError):
    """No exercise has this id; the message suggests similar ids."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class Material(Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """A [[month.material]]: something to read, watch, run or follow, at `url` or on a `page` of the course.

    `id` is unique in the course, because the learner's ticks refer to it. `hours` is an estimate for the whole
    material, unless `note` names a part.
    """

    id: str
    title: str
    kind: Kind
    hours: float
    url: str | None = None
    audience: Audience = "all"
    page: Path | None = None
    note: str = ""

    @cached_property
    def text(self) -> str | None:
        """The course's page in Markdown; None for other materials."""
        return None if self.page is None else self.page.read_text(encoding="utf-8")


class WorkloadEstimate(Struct, frozen=True, forbid_unknown_fields=True):
    """A [[month.workload]]: the organizers' estimate of a month's hours for one audience."""

    audience: Audience
    text: str


class ProjectTemplate(Struct, frozen=True, forbid_unknown_fields=True):
    """A [month.project]: the folder that a learner's project is copied from, and the hours that a small one takes."""

    folder: Path = field(name="template")
    hours: float


class MonthFile(Struct, frozen=True, forbid_unknown_fields=True):
    """A [[month]] of course.toml: a month of the course, or a part without a number, such as the break.

    `offset` counts months from the start of the course; a part without dates has none. `folder` is the name of the
    folder with the exercises. `label` is the short name of a part without a number.
    """

    id: str
    title: str
    folder: str
    overview: str
    offset: int | None = None
    number: int | None = None
    label: str = ""
    agenda: tuple[str, ...] = ()
    workload: tuple[WorkloadEstimate, ...] = ()
    materials: tuple[Material, ...] = field(default=(), name="material")
    project: ProjectTemplate | None = None


class Month(MonthFile, frozen=True, kw_only=True):
    """A month with its exercises and quiz. `when` is its date, for example "Oct 2024", or "any time"."""

    when: str
    exercises: tuple[Exercise, ...]
    quiz: Quiz | None

    @property
    def is_optional(self) -> bool:
        """Whether the part has no dates, so that its hours are told apart from those of the months."""
        return self.offset is None

    def materials_for(self, audience: Audience) -> tuple[Material, ...]:
        """Returns the materials for an audience: all of them for "beginners", else those without that label."""
        return tuple(material for material in self.materials if audience == "beginners" or material.audience == "all")


class Book(Struct, frozen=True, forbid_unknown_fields=True):
    """The [book] that the course follows; `discount` is a code for `url`."""

    title: str
    author: str
    url: str
    code_url: str
    discount: str = ""


class Activity(Struct, frozen=True, forbid_unknown_fields=True):
    """An [[activity]] of the course: reading, co-work, the group's meeting, chat."""

    name: str
    text: str


class CourseFile(Struct, frozen=True, forbid_unknown_fields=True):
    """A course.toml. `start` is the group's first month as "YYYY-MM"; `id` names the folder of a learner's files in a
    course from a folder (default: made from that folder's name)."""

    title: str
    overview: str
    objectives: tuple[str, ...]
    start: str
    months: tuple[MonthFile, ...] = field(name="month")
    activities: tuple[Activity, ...] = field(default=(), name="activity")
    book: Book | None = None
    id: str = ""


class Course(CourseFile, frozen=True, kw_only=True, dict=True):
    """The whole course: course.toml with the exercises, the quizzes and the glossary."""

    months: tuple[Month, ...]
    glossary: Glossary

    @cached_property
    def exercises(self) -> tuple[Exercise, ...]:
        """All exercises, in course order."""
        return tuple(exercise for month in self.months for exercise in month.exercises)

    @cached_property
    def quizzes(self) -> tuple[Quiz, ...]:
        """All terms quizzes, in course order."""
        return tuple(month.quiz for month in self.months if month.quiz is not None)

    @cached_property
    def _by_id(self) -> dict[str, Exercise]:
        present = {exercise.id: exercise for exercise in self.exercises}
        return {old: exercise for exercise in self.exercises for old in exercise.renamed_from} | present

    def exercise(self, id: str) -> Exercise:
        """Returns the exercise with this present or former id, file name or title. Raises UnknownExercise."""
        exercise = self._by_id.get(id) or self._by_id.get(_as_id(id))
        if exercise is None:
            titled = [exercise for exercise in self.exercises if _as_id(exercise.title) == _as_id(id)]
            exercise = titled[0] if len(titled) == 1 else None
        if exercise is None:
            raise UnknownExercise(_unknown_exercise(id, list(self._by_id)))
        return exercise

    def starting(self, start: str) -> Course:
        """Returns the course for a group that starts in a different month ("2025-03"). Raises ValueError."""
        months = tuple(structs.replace(month, when=month_label(start, month.offset)) for month in self.months)
        return structs.replace(self, start=start, months=months)


def month_label(start: str, offset: int | None) -> str:
    """Returns the label of the month `offset` months after `start`: month_label("2024-10", 3) is "Jan 2025".

    A part without an offset can be done at any time, and its label says so.
    """
    if offset is None:
        return "any time"
    year, separator, month = start.partition("-")
    digits = year.isdecimal() and month.isdecimal() and len(year) == 4 and len(month) == 2
    if not (separator and start.isascii() and digits and 1 <= int(month) <= 12 and int(year) >= 1):
        raise ValueError(f"{start!r} is not a month; write it as YYYY-MM, for example 2024-10.")
    months = int(year) * 12 + int(month) - 1 + offset
    return f"{MONTH_NAMES[months % 12]} {months // 12}"


def _as_id(name: str) -> str:
    """Returns a file name or a title as an id: "Causal_attention.py" is "causal-attention"."""
    return re.sub(r"[\W_]+", "-", name.strip().lower().removesuffix(".py")).strip("-")


def _unknown_exercise(id: str, known: list[str]) -> str:
    wanted = _as_id(id)
    near = difflib.get_close_matches(wanted, known, n=3, cutoff=0.5)
    near += [name for name in known if wanted and wanted in name and name not in near][: 3 - len(near)]
    if near:
        return f"There is no exercise {id!r}. Did you mean {' or '.join(near)}?"
    return f"There is no exercise {id!r}. `fromscratch list` shows all exercises."
