"""A learner's own projects: folders made from the course's template, and the learner's from then on."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from exercises.course import Course, ProjectTemplate
from exercises.texts import many_stories
from learner import files
from learner.checklist import CheckList, read_checklist
from learner.errors import ProjectError, explain
from learner.parts_file import PARTS
from learner.presentation import Page, read_presentation

__all__ = ["DEFAULT_NAME", "Project", "ProjectError", "Projects"]

FOLDER = "projects"
DEFAULT_NAME = "my-project"
CHECKLIST, PRESENT, SCRIPT = "CHECKLIST.md", "PRESENT.md", "train.py"
TEXT_SIZE = 300_000
LONGEST_NAME = 60
# Windows keeps these names for itself, whatever follows a dot.
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{i}" for port in ("com", "lpt") for i in range(1, 10))}


@dataclass(frozen=True)
class Project:
    """One project: a folder of the learner's, in which anything may have been changed or removed."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def script(self) -> Path:
        return self.folder / SCRIPT

    def checklist(self) -> CheckList:
        """The check list as it is now. Raises ProjectError."""
        return read_checklist(self.folder / CHECKLIST)

    def presentation(self) -> tuple[Page, ...]:
        """The pages to present, as they are now. Raises ProjectError."""
        return read_presentation(self.folder / PRESENT)

    def files(self) -> list[Path]:
        """The folder's files that a learner would open, by name. Raises ProjectError."""
        try:
            found = [path for path in self.folder.iterdir() if path.name[0] not in "._" and path.is_file()]
        except OSError as error:
            raise ProjectError(explain(error, self.folder)) from error
        # `parts.py` is the program's, so that the script can import.
        return sorted(path for path in found if path.name != "parts.py")


@dataclass(frozen=True)
class Mark:
    """How far a project is: its boxes, and a sentence where its check list cannot be read."""

    name: str
    ticked: int
    total: int
    trouble: str = ""

    @property
    def complete(self) -> bool:
        return 0 < self.total == self.ticked


class Projects:
    """All projects of a workspace. Its methods raise ProjectError with the remedy."""

    def __init__(self, root: Path, course: Course) -> None:
        self.folder = root / FOLDER
        self._template = next((month.project for month in course.months if month.project is not None), None)

    def all(self) -> list[Project]:
        """Every project, the one worked on last first; none where there is no folder."""
        try:
            found = [path for path in self.folder.iterdir() if path.name[0] not in "._" and path.is_dir()]
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise ProjectError(explain(error, self.folder)) from error
        return [Project(path) for path in sorted(found, key=lambda path: (-_changed(path), path.name))]

    def find(self, name: str | None = None) -> Project:
        """The project of this name; without one, the one worked on last."""
        projects = self.all()
        if name is None and projects:
            return projects[0]
        wanted = unicodedata.normalize("NFC", name) if name else ""
        for project in projects:
            if unicodedata.normalize("NFC", project.name) == wanted:
                return project
        names = ", ".join(project.name for project in projects)
        if names:
            raise ProjectError(f"There is no project {name!r}. There is: {names}.")
        raise ProjectError("There is no project yet. `fromscratch project new` makes one.")

    def marks(self) -> tuple[Mark, ...]:
        """How far each project is, by name; never raises, since a map of the course is no place to fail."""
        try:
            return tuple(sorted(map(_mark, self.all()), key=lambda mark: mark.name))
        except ProjectError:
            return ()

    def new(self, name: str = DEFAULT_NAME) -> Project:
        """Makes a project's folder with all of its files, or nothing; never touches what is there."""
        if self._template is None:
            raise ProjectError("This course has no project template.")
        name = _valid(name)
        final = self.folder / name
        taken = f"There is a {name!r} already: {final}. Choose another name: `fromscratch project new NAME`."
        try:
            if self.folder.is_symlink():
                raise ProjectError(f"{self.folder} is a link. Projects are made in a real folder: move the link away.")
            self.folder.mkdir(parents=True, exist_ok=True)
            if os.path.lexists(final):
                raise ProjectError(taken)
            temporary = self.folder / f".{name}.{secrets.token_hex(4)}.tmp"
            temporary.mkdir()
            try:
                for path, content in _contents(self._template, name):
                    files.write_new(temporary / path, content)
                os.rename(temporary, final)
            except BaseException:
                shutil.rmtree(temporary, ignore_errors=True)
                raise
            files.sync_folder(self.folder)
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST) and os.path.lexists(final):
                raise ProjectError(taken) from error
            raise ProjectError(explain(error, self.folder)) from error
        return Project(final)


def _mark(project: Project) -> Mark:
    try:
        checklist = project.checklist()
    except ProjectError as error:
        return Mark(project.name, 0, 0, str(error))
    return Mark(project.name, checklist.ticked, len(checklist.boxes))


def _contents(template: ProjectTemplate, name: str) -> list[tuple[str, bytes]]:
    """The files of a new project."""
    own = [path for path in sorted(template.folder.iterdir()) if path.is_file() and path.name[0] not in "._"]
    made = [(path.name, path.read_text(encoding="utf-8").replace("$PROJECT", name).encode()) for path in own]
    return [*made, ("parts.py", PARTS.encode()), ("text.txt", many_stories(TEXT_SIZE).encode())]


def _valid(name: str) -> str:
    name = unicodedata.normalize("NFC", name.strip())
    letters = all(character.isalnum() or character in "-_." for character in name)
    plain = bool(name) and letters and name[0].isalnum() and name[-1] != "."
    if not plain or len(name.encode()) > LONGEST_NAME or name.partition(".")[0].lower() in RESERVED:
        raise ProjectError(
            f"{name[:LONGEST_NAME]!r} cannot be a project's name. Use letters, digits, - and _, "
            f"beginning with a letter or a digit, and at most {LONGEST_NAME} of them."
        )
    return name


def _changed(folder: Path) -> float:
    """When anything in a folder was last written."""
    try:
        return max((entry.stat().st_mtime for entry in os.scandir(folder)), default=0.0)
    except OSError:
        return 0.0
