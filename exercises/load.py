"""Loads the course: course.toml, then the exercise folders of each month that exist, sorted by name."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import cast

from exercises.course import (
    Activity,
    Audience,
    Book,
    Course,
    Exercise,
    Kind,
    Material,
    Month,
    ProjectTemplate,
    Workload,
    when,
)
from exercises.decode import ID, REMEDY, CourseError, decode
from exercises.glossary import Glossary
from exercises.load_exercise import load_exercise
from exercises.quiz import Quiz
from exercises.schema import CourseFile, MaterialFile, MonthFile, ProjectFile

__all__ = ["CourseError", "load_course"]

AUDIENCES = ("all", "beginners")
KINDS = ("read", "watch", "code", "course", "page")


def load_course(root: Path | None = None) -> Course:
    """The course in `root`; without one, the course that comes with the program, read once.

    Raises CourseError: "file: key: what is wrong, and what to do".
    """
    return _load_own() if root is None else _load(Path(root))


@cache
def _load_own() -> Course:
    return _load(Path(__file__).parent)


def _load(root: Path) -> Course:
    path = root / "course.toml"
    file = decode(path, CourseFile)
    try:
        when(file.start, 0)
    except ValueError as error:
        raise CourseError(path, "start", str(error)) from None
    if not file.month:
        raise CourseError(path, "month", "the course has no month. Add a [[month]].")
    for name in ("id", "folder"):
        _distinct(path, [(f"month[{i}].{name}", getattr(month, name)) for i, month in enumerate(file.month)])
    _distinct(
        path,
        [
            (f"month[{i}].material[{j}].id", material.id)
            for i, month in enumerate(file.month)
            for j, material in enumerate(month.material)
        ],
    )
    months = tuple(_month(path, f"month[{i}]", month, file.start) for i, month in enumerate(file.month))
    _distinct_exercises(months)
    return Course(
        title=file.title,
        overview=_paragraphs(file.overview),
        objectives=file.objectives,
        book=Book(**{name: getattr(file.book, name) for name in file.book.__struct_fields__}),
        activities=tuple(Activity(activity.name, _paragraphs(activity.text)) for activity in file.activity),
        months=months,
        start=file.start,
        glossary=_glossary(root / "glossary", months),
    )


def _glossary(folder: Path, months: tuple[Month, ...]) -> Glossary:
    materials = (material.id for month in months for material in month.materials)
    paths = ((month.id, folder / f"{month.id}.toml") for month in months)
    return Glossary(tuple((id, path) for id, path in paths if path.is_file()), frozenset(materials))


def _month(path: Path, key: str, month: MonthFile, start: str) -> Month:
    _require_id(path, f"{key}.id", month.id)
    if month.folder != Path(month.folder).name or month.folder in ("", ".", ".."):
        says = f"{month.folder!r} is not the name of one folder. Change it."
        raise CourseError(path, f"{key}.folder", says)
    for i, workload in enumerate(month.workload):
        _require_one_of(path, f"{key}.workload[{i}].audience", workload.audience, AUDIENCES)
    return Month(
        id=month.id,
        title=month.title,
        when=when(start, month.offset),
        number=month.number,
        overview=_paragraphs(month.overview),
        materials=tuple(_material(path, f"{key}.material[{i}]", material) for i, material in enumerate(month.material)),
        workload=tuple(Workload(cast(Audience, workload.audience), workload.text) for workload in month.workload),
        agenda=month.agenda,
        exercises=tuple(load_exercise(folder, month.id) for folder in _folders(path.parent / month.folder)),
        offset=month.offset,
        folder=month.folder,
        quiz=_quiz(path.parent / "quizzes" / f"{month.id}.toml", month.id),
        project=None if month.project is None else _project(path, f"{key}.project", month.project),
    )


def _quiz(path: Path, month_id: str) -> Quiz | None:
    return Quiz(month_id, path) if path.is_file() else None


def _material(path: Path, key: str, material: MaterialFile) -> Material:
    _require_id(path, f"{key}.id", material.id)
    _require_one_of(path, f"{key}.audience", material.audience, AUDIENCES)
    _require_one_of(path, f"{key}.kind", material.kind, KINDS)
    if material.url is not None and not material.url.startswith("https://"):
        raise CourseError(path, f"{key}.url", f"{material.url!r} does not start with https://. Correct it.")
    page = path.parent / "pages" / material.page if material.page else None
    if page is not None and not page.is_file():
        raise CourseError(path, f"{key}.page", f"there is no file {page}. Create it, or correct the name.")
    _require_time(path, f"{key}.hours", material.hours)
    return Material(
        id=material.id,
        title=material.title,
        url=material.url,
        audience=cast(Audience, material.audience),
        kind=cast(Kind, material.kind),
        note=_paragraphs(material.note),
        hours=material.hours,
        page=page,
    )


def _project(path: Path, key: str, project: ProjectFile) -> ProjectTemplate:
    folder = path.parent / project.template
    if not (folder / "CHECKLIST.md").is_file():
        raise CourseError(path, f"{key}.template", f"there is no file {folder / 'CHECKLIST.md'}. Create it.")
    _require_time(path, f"{key}.hours", project.hours)
    return ProjectTemplate(folder, project.hours)


def _folders(month: Path) -> list[Path]:
    """A month's exercise folders; none where the month has no folder yet."""
    try:
        with os.scandir(month) as entries:
            folders = [entry for entry in entries if entry.name[0] not in "._" and entry.is_dir()]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise CourseError(month, "", f"the folder cannot be read ({error.strerror}). Check it.") from error
    # A folder that holds only __pycache__ is what an exercise leaves behind when it is renamed.
    names = [entry.name for entry in folders if any(name[0] not in "._" for name in os.listdir(entry))]
    return [month / name for name in sorted(names)]


def _paragraphs(text: str) -> str:
    """Undoes the line breaks of the file, so that a screen of any width can make its own."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n") if paragraph.strip())


def _distinct_exercises(months: tuple[Month, ...]) -> None:
    seen: dict[str, Exercise] = {}
    for exercise in (exercise for month in months for exercise in month.exercises):
        other = seen.setdefault(exercise.id, exercise)
        if other is not exercise:
            says = f"{exercise.id!r} is also the id of the exercise in {other.folder}. Rename one of the two."
            raise CourseError(exercise.folder / "exercise.toml", "id", says)
    for exercise in (exercise for month in months for exercise in month.exercises):
        for old in exercise.renamed_from:
            if (other := seen.setdefault(old, exercise)) is not exercise or old == exercise.id:
                says = f"{old!r} is an id of the exercise in {other.folder}. Remove it here, or there."
                raise CourseError(exercise.folder / "exercise.toml", "renamed_from", says)


def _distinct(path: Path, values: list[tuple[str, str]]) -> None:
    seen: dict[str, str] = {}
    for key, value in values:
        if value in seen:
            says = f"{value!r} is used twice (first by {seen[value]}). Change one of the two."
            raise CourseError(path, key, says)
        seen[value] = key


def _require_id(path: Path, key: str, value: str) -> None:
    if not ID.fullmatch(value):
        raise CourseError(path, key, f"{value!r} is not an id. {REMEDY}")


def _require_one_of(path: Path, key: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise CourseError(path, key, f"{value!r} is not one of {', '.join(allowed)}. Choose one of these.")


def _require_time(path: Path, key: str, hours: float) -> None:
    if not 0 < hours <= 200:
        raise CourseError(path, key, f"{hours:g} is not a time. Use 0.1 to 200 hours.")
