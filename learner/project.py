"""A learner's projects: folders that are created from the course's template and then belong to the learner."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from exercises.course import Course, ProjectTemplate
from learner import files
from learner.errors import ProjectError, explain
from learner.parts_file import PARTS

if TYPE_CHECKING:
    from learner.checklist import Checklist
    from learner.presentation import Page

__all__ = ["DEFAULT_NAME", "Project", "ProjectError", "Projects"]

FOLDER = "projects"
DEFAULT_NAME = "my-project"
CHECKLIST, PRESENT, SCRIPT = "CHECKLIST.md", "PRESENT.md", "train.py"
TEXT_SIZE = 300_000
MAX_NAME_BYTES = 60
# Windows reserves these names, with any extension.
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{i}" for port in ("com", "lpt") for i in range(1, 10))}


@dataclass(frozen=True)
class Project:
    """A project: a folder whose files the learner can have changed or deleted."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def script(self) -> Path:
        return self.folder / SCRIPT

    def checklist(self) -> Checklist:
        """Reads the checklist. Raises ProjectError."""
        from learner.checklist import read_checklist

        return read_checklist(self.folder / CHECKLIST)

    def presentation(self) -> tuple[Page, ...]:
        """Reads the pages of the presentation. Raises ProjectError."""
        from learner.presentation import read_presentation

        return read_presentation(self.folder / PRESENT)

    def files(self) -> list[Path]:
        """Returns the files that the learner can open, sorted by name. Raises ProjectError."""
        try:
            paths = [path for path in self.folder.iterdir() if path.name[0] not in "._" and path.is_file()]
        except OSError as error:
            raise ProjectError(explain(error, self.folder)) from error
        # `parts.py` belongs to the program; the script imports it.
        return sorted(path for path in paths if path.name != "parts.py")


@dataclass(frozen=True)
class ProjectStatus:
    """A project's progress on its checklist, or an error message if the checklist cannot be read."""

    name: str
    ticked: int
    total: int
    error: str = ""

    @property
    def complete(self) -> bool:
        return 0 < self.total == self.ticked


class Projects:
    """The projects of a workspace. Its methods raise ProjectError, which says what to do."""

    def __init__(self, root: Path, course: Course) -> None:
        self.folder = root / FOLDER
        self._template = next((month.project for month in course.months if month.project is not None), None)

    def all(self) -> list[Project]:
        """Returns all projects, the most recently modified first."""
        try:
            folders = [path for path in self.folder.iterdir() if path.name[0] not in "._" and path.is_dir()]
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise ProjectError(explain(error, self.folder)) from error
        return [Project(path) for path in sorted(folders, key=lambda path: (-_modified(path), path.name))]

    def find(self, name: str | None = None) -> Project:
        """Returns the project with this name; by default, the most recently modified one."""
        projects = self.all()
        if name is None and projects:
            return projects[0]
        wanted = unicodedata.normalize("NFC", name) if name else ""
        for project in projects:
            if unicodedata.normalize("NFC", project.name) == wanted:
                return project
        names = ", ".join(project.name for project in projects)
        if names:
            raise ProjectError(f"There is no project {name!r}. Your projects: {names}.")
        raise ProjectError("There is no project yet. `fromscratch project new` creates one.")

    def statuses(self) -> tuple[ProjectStatus, ...]:
        """Returns the status of each project, sorted by name; an empty tuple if the folder cannot be read."""
        try:
            return tuple(sorted(map(_status, self.all()), key=lambda status: status.name))
        except ProjectError:
            return ()

    def new(self, name: str = DEFAULT_NAME) -> Project:
        """Creates a project's folder with all its files atomically. Never changes existing files."""
        if self._template is None:
            raise ProjectError("This course has no project template.")
        name = _valid_name(name)
        final = self.folder / name
        taken = f"{final} already exists. Choose a different name: `fromscratch project new NAME`."
        try:
            if self.folder.is_symlink():
                raise ProjectError(f"{self.folder} is a symbolic link, but must be a folder. Move the link away.")
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


def _status(project: Project) -> ProjectStatus:
    try:
        checklist = project.checklist()
    except ProjectError as error:
        return ProjectStatus(project.name, 0, 0, str(error))
    return ProjectStatus(project.name, checklist.ticked, len(checklist.items))


def _contents(template: ProjectTemplate, name: str) -> list[tuple[str, bytes]]:
    """Returns the names and contents of a new project's files."""
    from exercises.texts import many_stories

    paths = [path for path in sorted(template.folder.iterdir()) if path.is_file() and path.name[0] not in "._"]
    copies = [(path.name, path.read_text(encoding="utf-8").replace("$PROJECT", name).encode()) for path in paths]
    return [*copies, ("parts.py", PARTS.encode()), ("text.txt", many_stories(TEXT_SIZE).encode())]


def _valid_name(name: str) -> str:
    name = unicodedata.normalize("NFC", name.strip())
    allowed = all(character.isalnum() or character in "-_." for character in name)
    valid = bool(name) and allowed and name[0].isalnum() and name[-1] != "."
    if not valid or len(name.encode()) > MAX_NAME_BYTES or name.partition(".")[0].lower() in RESERVED:
        raise ProjectError(
            f"{name[:MAX_NAME_BYTES]!r} cannot be a project's name. Use at most {MAX_NAME_BYTES} letters, digits, "
            "- and _, and start with a letter or a digit."
        )
    return name


def _modified(folder: Path) -> float:
    """Returns the latest modification time of the entries of a folder."""
    try:
        return max((entry.stat().st_mtime for entry in os.scandir(folder)), default=0.0)
    except OSError:
        return 0.0
