"""The keys of course.toml, exercise.toml, a quiz and a glossary, as msgspec reads them."""

from __future__ import annotations

import msgspec


class MistakeFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A [[mistake]]: `replace` and `by` are one text each, or equally long lists of texts."""

    id: str
    says: str
    replace: str | tuple[str, ...]
    by: str | tuple[str, ...]


class ExerciseFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """exercise.toml; `renamed_from` are ids that the exercise had in earlier courses."""

    id: str
    title: str
    summary: str
    symbols: tuple[str, ...]
    reference: str
    chapter: str | int
    minutes: int
    level: str
    section: str | int = ""
    renamed_from: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    allows: dict[str, str] = {}
    concepts: tuple[str, ...] = ()
    forbids: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    time_limit: float = 10.0
    mistake: tuple[MistakeFile, ...] = ()


class MaterialFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A [[month.material]]; an `id` is unique in the whole course, since a learner's ticks are kept by it."""

    id: str
    title: str
    kind: str
    hours: float
    url: str | None = None
    audience: str = "all"
    page: str | None = None
    note: str = ""


class WorkloadFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A [[month.workload]]: how long the outline says that the month takes one audience."""

    audience: str
    text: str


class ProjectFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A [month.project]: the folder whose files a learner's project starts with, and the hours of a small one."""

    template: str
    hours: float


class MonthFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A [[month]]; `offset` counts months from the course's start, `folder` holds its exercises."""

    id: str
    title: str
    offset: int
    folder: str
    overview: str
    number: int | None = None
    agenda: tuple[str, ...] = ()
    workload: tuple[WorkloadFile, ...] = ()
    material: tuple[MaterialFile, ...] = ()
    project: ProjectFile | None = None


class BookFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The [book]."""

    title: str
    author: str
    url: str
    code_url: str
    discount: str = ""


class ActivityFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An [[activity]]."""

    name: str
    text: str


class CourseFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """course.toml."""

    title: str
    overview: str
    objectives: tuple[str, ...]
    start: str
    book: BookFile
    month: tuple[MonthFile, ...]
    activity: tuple[ActivityFile, ...] = ()


class AnswerFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One answer to choose, and why it is right or wrong."""

    says: str
    why: str


class QuestionFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A [[question]] of a quiz; `terms` are words of the glossary."""

    id: str
    ask: str
    terms: tuple[str, ...]
    right: AnswerFile
    wrong: tuple[AnswerFile, ...]
    code: str = ""


class QuizFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """quizzes/MONTH.toml."""

    question: tuple[QuestionFile, ...] = ()


class TermFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A [[term]]; `also` are other names, `book` sections, `related` terms, `materials` ids of the course."""

    name: str
    means: str
    also: tuple[str, ...] = ()
    book: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    materials: tuple[str, ...] = ()


class GlossaryFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """glossary/MONTH.toml: the terms first met in a month, under a title."""

    title: str
    term: tuple[TermFile, ...] = ()
