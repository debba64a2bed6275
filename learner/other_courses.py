"""Courses from folders: where the learner's files are, what was trusted and proved, and the progress in each."""

from __future__ import annotations

import ast
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from exercises.checks import names_bound
from exercises.course import Course
from exercises.decode import ID, ID_RULE, CourseError
from exercises.exercise import Exercise
from exercises.load import load_course
from exercises.location import OWN, reference_folder
from learner import files
from learner.errors import WorkspaceError
from learner.passed import passed_exercises
from learner.workspace import STATE_FOLDER

COURSES = "courses"  # the folder in the workspace
RECORD = "course.json"
MAX_FILES, MAX_BYTES = 20_000, 200 * 2**20


class CourseRecord(msgspec.Struct, frozen=True):
    """A course's folder, and the digests of the content that was trusted and of the content that was proved."""

    folder: str
    title: str
    trusted: str = ""
    proved: str = ""


@dataclass(frozen=True)
class OtherCourse:
    """A course from a folder. `root` is the learner's workspace for it, `digest` that of its content."""

    folder: Path
    course: Course
    root: Path
    digest: str
    record: CourseRecord

    @property
    def is_trusted(self) -> bool:
        return self.record.trusted == self.digest

    @property
    def is_proved(self) -> bool:
        return self.record.proved == self.digest

    @property
    def has_changed(self) -> bool:
        """Whether a different content of the course was trusted."""
        return bool(self.record.trusted) and not self.is_trusted


@dataclass(frozen=True)
class CourseProgress:
    """The learner's progress in a course, for lists. `total` is None where its folder cannot be read any more."""

    title: str
    folder: Path
    passed: int
    total: int | None

    @property
    def line(self) -> str:
        """The progress as a line: "Own course: 1 of 2 exercises passed (/home/me/course)"."""
        if self.total is None:
            return f"{self.title}: {self.passed} passed; its folder cannot be read ({self.folder})"
        place = "" if self.folder == OWN else f" ({self.folder})"
        return f"{self.title}: {self.passed} of {self.total} exercises passed{place}"


def read_course(folder: Path, workspace_root: Path) -> OtherCourse:
    """Reads a course's files without running any of them. Raises CourseError."""
    folder = Path(os.path.abspath(folder.expanduser()))
    if not folder.is_dir():
        raise CourseError(folder, "", "there is no such folder. A course is a folder with a course.toml.")
    course = load_course(folder)
    reference = reference_folder(folder)
    if not reference.is_dir():
        raise CourseError(folder, "", "there is no folder `reference` in it or beside it. Create it.")
    root = Path(workspace_root) / COURSES / course_id(folder, course)
    record = read_record(root) or CourseRecord(str(folder), course.title)
    if record.folder != str(folder) and Path(record.folder, "course.toml").is_file():
        problem = f"the course in {record.folder} has the same id, {root.name}. Give one of them a different `id`."
        raise CourseError(folder / "course.toml", "id", problem)
    for exercise in course.exercises:
        _check_code(exercise, reference)
    return OtherCourse(folder, course, root, content_digest(folder, reference), record)


def _check_code(exercise: Exercise, reference: Path) -> None:
    """Parses the files that a check runs, so that an error has a place before anything runs. Raises CourseError."""
    toml = exercise.folder / "exercise.toml"
    path = (reference.parent / Path(*exercise.reference.split("."))).with_suffix(".py")
    if not exercise.reference.startswith("reference.") or not path.is_file():
        problem = f"there is no file {path}. Create it, or correct the name, such as reference.attention."
        raise CourseError(toml, "reference", problem)
    defined = names_bound(_parsed(path))
    for symbol in exercise.symbols:
        if symbol not in defined:
            raise CourseError(toml, "symbols", f"{path} does not define {symbol!r}. Write it, or correct the name.")
    for file in (exercise.probes_path, exercise.tests_path):
        if file.is_file():
            _parsed(file)


def _parsed(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_text(encoding="utf-8"))
    except SyntaxError as error:
        problem = f"this is not valid Python: {error.msg}. Correct this line."
        raise CourseError(path, f"line {error.lineno}", problem) from None
    except (OSError, ValueError) as error:
        raise CourseError(path, "", f"the file cannot be read ({error}). Save it as UTF-8.") from None


def course_id(folder: Path, course: Course) -> str:
    """Returns the course's id, or one made from the folder's name. Raises CourseError."""
    name = course.id or re.sub(r"[^a-z0-9]+", "-", folder.name.lower()).strip("-")
    if not ID.fullmatch(name):
        raise CourseError(folder / "course.toml", "id", f"{name!r} is not an id. {ID_RULE}")
    return name


def content_digest(folder: Path, reference: Path) -> str:
    """Returns a hash of all files of a course, with their names. Raises CourseError."""
    digest = hashlib.sha256()
    count = size = 0
    for start in dict.fromkeys((folder, reference)):
        for path in _files(start):
            count, size = count + 1, size + path.stat().st_size
            if count > MAX_FILES or size > MAX_BYTES:
                raise CourseError(folder, "", "the folder has too many or too large files for a course.")
            name = path.relative_to(start).as_posix().encode()
            try:
                content = path.read_bytes()
            except OSError as error:
                raise CourseError(path, "", f"the file cannot be read ({error.strerror}). Check it.") from None
            digest.update(b"%d %s %d " % (len(name), name, len(content)) + content)
    return digest.hexdigest()


def _files(start: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(start):
        folders[:] = sorted(name for name in folders if name != "__pycache__" and not name.startswith("."))
        for name in sorted(names):
            path = Path(parent, name)
            if not name.startswith(".") and path.is_file():
                yield path


def read_record(root: Path) -> CourseRecord | None:
    """Returns the record in a workspace of a course, if there is one."""
    try:
        return msgspec.json.decode((root / STATE_FOLDER / RECORD).read_bytes(), type=CourseRecord)
    except (OSError, msgspec.MsgspecError):
        return None


def write_record(root: Path, record: CourseRecord) -> None:
    """Keeps the record in a workspace of a course. Raises WorkspaceError."""
    path = root / STATE_FOLDER / RECORD
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        files.overwrite(path, msgspec.json.format(msgspec.json.encode(record)))
    except OSError as error:
        raise WorkspaceError(f"{path} cannot be written ({error.strerror}). Check the disk and the folder.") from error


def progress_beside(root: Path) -> list[CourseProgress]:
    """Returns the progress in all courses of a workspace other than the one whose files are in `root`."""
    main = root.parent.parent if root.parent.name == COURSES else root
    found = [(main, OWN, "")] if main != root else []
    with suppress(OSError):
        for folder in sorted((main / COURSES).iterdir()):
            record = read_record(folder)
            if record is not None and folder != root:
                found.append((folder, Path(record.folder), record.title))
    rows = [_progress(place, folder, title) for place, folder, title in found]
    return [row for row in rows if row.folder != OWN or row.passed]


def _progress(root: Path, folder: Path, title: str) -> CourseProgress:
    course: Course | None = None
    with suppress(CourseError, OSError):
        course = load_course(folder)
    path = root / STATE_FOLDER / "progress.db"
    passed = passed_exercises(path)
    if course is None:
        return CourseProgress(title, folder, len(passed), None)
    ids = {exercise.id for exercise in course.exercises}
    return CourseProgress(course.title, folder, len(passed & ids), len(ids))
