"""Loads the course: course.toml, then the exercise folders of each month, sorted by name."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from msgspec import structs

from exercises.course import Course, CourseFile, Material, Month, MonthFile, ProjectTemplate, month_label
from exercises.decode import ID, ID_RULE, CourseError, decode
from exercises.exercise import Exercise
from exercises.glossary import Glossary
from exercises.load_exercise import load_exercise
from exercises.location import OWN, course_folder
from exercises.quiz import Quiz

__all__ = ["CourseError", "load_course"]


def load_course(root: Path | None = None) -> Course:
    """Returns the course in `root`; by default the selected course (`exercises.location`), which is loaded once.

    Raises CourseError: "file: key: what is wrong, and what to do". In this program's course, mistakes and expressions
    are left to `check_course`, since checking them takes a fifth of the time.
    """
    return _load_selected(course_folder()) if root is None else _load(Path(root), with_checks=True)


def check_course() -> None:
    """Checks all files of the selected course. Raises CourseError."""
    _load(course_folder(), with_checks=True)


def forget_course() -> None:
    """Lets the next `load_course()` read the files again."""
    _load_selected.cache_clear()


@cache
def _load_selected(folder: Path) -> Course:
    return _load(folder, with_checks=folder != OWN)


def _load(root: Path, with_checks: bool) -> Course:
    path = root / "course.toml"
    file = decode(path, CourseFile)
    try:
        month_label(file.start, 0)
    except ValueError as error:
        raise CourseError(path, "start", str(error)) from None
    if not file.months:
        raise CourseError(path, "month", "the course has no month. Add a [[month]].")
    for name in ("id", "folder"):
        _require_unique(path, [(f"month[{i}].{name}", getattr(month, name)) for i, month in enumerate(file.months)])
    _require_unique(
        path,
        [
            (f"month[{i}].material[{j}].id", material.id)
            for i, month in enumerate(file.months)
            for j, material in enumerate(month.materials)
        ],
    )
    months = tuple(_month(path, f"month[{i}]", month, file.start, with_checks) for i, month in enumerate(file.months))
    _require_unique_exercises(months)
    activities = (structs.replace(activity, text=_paragraphs(activity.text)) for activity in file.activities)
    loaded = {
        "overview": _paragraphs(file.overview),
        "activities": tuple(activities),
        "months": months,
        "glossary": _glossary(root / "glossary", months),
    }
    return Course(**structs.asdict(file) | loaded)


def _glossary(folder: Path, months: tuple[Month, ...]) -> Glossary:
    materials = (material.id for month in months for material in month.materials)
    paths = ((month.id, folder / f"{month.id}.toml") for month in months)
    return Glossary(tuple((id, path) for id, path in paths if path.is_file()), frozenset(materials))


def _month(path: Path, key: str, file: MonthFile, start: str, with_checks: bool) -> Month:
    _require_id(path, f"{key}.id", file.id)
    if file.folder != Path(file.folder).name or file.folder in ("", ".", ".."):
        raise CourseError(path, f"{key}.folder", f"{file.folder!r} is not the name of a single folder. Change it.")
    quiz = path.parent / "quizzes" / f"{file.id}.toml"
    loaded = {
        "overview": _paragraphs(file.overview),
        "materials": tuple(_material(path, f"{key}.material[{i}]", entry) for i, entry in enumerate(file.materials)),
        "project": None if file.project is None else _project(path, f"{key}.project", file.project),
        "when": month_label(start, file.offset),
        "exercises": tuple(
            load_exercise(folder, file.id, with_checks) for folder in _folders(path.parent / file.folder)
        ),
        "quiz": Quiz(file.id, quiz) if quiz.is_file() else None,
    }
    return Month(**structs.asdict(file) | loaded)


def _material(path: Path, key: str, material: Material) -> Material:
    _require_id(path, f"{key}.id", material.id)
    if material.url is not None and not material.url.startswith("https://"):
        raise CourseError(path, f"{key}.url", f"{material.url!r} does not start with https://. Correct it.")
    page = path.parent / "pages" / material.page if material.page else None
    if page is not None and not page.is_file():
        raise CourseError(path, f"{key}.page", f"there is no file {page}. Create it, or correct the name.")
    _require_hours(path, f"{key}.hours", material.hours)
    return structs.replace(material, page=page, note=_paragraphs(material.note))


def _project(path: Path, key: str, project: ProjectTemplate) -> ProjectTemplate:
    folder = path.parent / project.folder
    if not (folder / "CHECKLIST.md").is_file():
        raise CourseError(path, f"{key}.template", f"there is no file {folder / 'CHECKLIST.md'}. Create it.")
    _require_hours(path, f"{key}.hours", project.hours)
    return structs.replace(project, folder=folder)


def _folders(month: Path) -> list[Path]:
    """Returns the exercise folders of a month, or none if the month's folder does not exist yet."""
    try:
        with os.scandir(month) as entries:
            folders = [entry for entry in entries if entry.name[0] not in "._" and entry.is_dir()]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise CourseError(month, "", f"the folder cannot be read ({error.strerror}). Check it.") from error
    # Renaming an exercise in a checkout can leave a folder that contains only __pycache__.
    names = [entry.name for entry in folders if any(name[0] not in "._" for name in os.listdir(entry))]
    return [month / name for name in sorted(names)]


def _paragraphs(text: str) -> str:
    """Joins the lines of each paragraph, so that screens can wrap the text at any width."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n") if paragraph.strip())


def _require_unique_exercises(months: tuple[Month, ...]) -> None:
    exercises = [exercise for month in months for exercise in month.exercises]
    owners: dict[str, Exercise] = {}
    for exercise in exercises:
        owner = owners.setdefault(exercise.id, exercise)
        if owner is not exercise:
            problem = f"{exercise.id!r} is also the id of the exercise in {owner.folder}. Rename one of the two."
            raise CourseError(exercise.folder / "exercise.toml", "id", problem)
    for exercise in exercises:
        for old in exercise.renamed_from:
            if (owner := owners.setdefault(old, exercise)) is not exercise or old == exercise.id:
                problem = f"{old!r} is an id of the exercise in {owner.folder}. Remove it here, or there."
                raise CourseError(exercise.folder / "exercise.toml", "renamed_from", problem)


def _require_unique(path: Path, values: list[tuple[str, str]]) -> None:
    keys: dict[str, str] = {}
    for key, value in values:
        if value in keys:
            raise CourseError(path, key, f"{value!r} is used twice (first by {keys[value]}). Change one of the two.")
        keys[value] = key


def _require_id(path: Path, key: str, value: str) -> None:
    if not ID.fullmatch(value):
        raise CourseError(path, key, f"{value!r} is not an id. {ID_RULE}")


def _require_hours(path: Path, key: str, hours: float) -> None:
    if not 0 < hours <= 200:
        raise CourseError(path, key, f"{hours:g} hours is out of range. Use 0.1 to 200.")
