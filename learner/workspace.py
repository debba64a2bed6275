"""The learner's folder: one Python file an exercise, and `parts.py`. What is in it belongs to the learner."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cached_property
from pathlib import Path

from exercises.course import Course, Exercise
from learner import files, renames
from learner.errors import WorkspaceError, explain
from learner.parts_file import PARTS
from learner.source_file import read_file
from learner.stub_manifest import Made, same_text

__all__ = ["Workspace", "WorkspaceError"]

STATE_FOLDER = ".fromscratch"


class Workspace:
    """The files of one learner. Every method that touches the disk raises WorkspaceError with the remedy."""

    def __init__(
        self, root: Path, course: Course, clock: Callable[[], datetime] = lambda: datetime.now().astimezone()
    ) -> None:
        self.root = Path(os.path.abspath(root))
        self.course = course
        self._clock = clock
        self.news: list[str] = []  # what `create` did to files for a course that has changed

    @staticmethod
    def resolve(option: str | os.PathLike[str] | None, environ: Mapping[str, str] = os.environ) -> Path:
        """Where the workspace is: the option, else FROMSCRATCH_WORKSPACE, else ~/fromscratch."""
        chosen = os.fspath(option) if option else environ.get("FROMSCRATCH_WORKSPACE") or "~/fromscratch"
        try:
            return Path(os.path.abspath(Path(chosen).expanduser()))
        except (RuntimeError, ValueError) as error:
            says = f"The workspace {chosen!r} is not a usable path. Give one with --workspace DIR."
            raise WorkspaceError(says) from error

    @property
    def state_folder(self) -> Path:
        """What the program itself keeps here: progress and kept copies."""
        return self.root / STATE_FOLDER

    @property
    def progress_path(self) -> Path:
        return self.state_folder / "progress.db"

    def path(self, exercise: Exercise) -> Path:
        """The learner's file, whether it exists or not."""
        return self.root / exercise.folder.parent.name / exercise.file_name

    def create(self) -> list[Path]:
        """Makes the folders and files that are missing, and returns the new files.

        A file that is there stays as it is, unless it is an older stub that was never touched. A file that
        was there once and has been deleted is not made again; `reset` and `ensure` do that.
        """
        new: list[Path] = []
        with explained(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            self.state_folder.mkdir(exist_ok=True)
        made = self._made()
        try:
            with explained(self.root):
                self.news = renames.follow(self, made)
            for path, text in self._wanted():
                with explained(path):
                    path.parent.mkdir(exist_ok=True)
                    if self._make(made, path, text):
                        new.append(path)
        finally:
            # Also after a failure: what was made must be known, or a file deleted later would come back.
            # Where nothing was made, a workspace that cannot be written can still be looked at.
            with explained(made.path) if new or self.news else suppress(OSError):
                made.save()
        for folder in {path.parent for path in new}:
            files.sync_folder(folder)
        return new

    def ensure(self, exercise: Exercise) -> Path:
        """The learner's file, made from the stub if it is not there; for when the learner asks to open it."""
        path = self.path(exercise)
        with explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            if files.write_new(path, exercise.stub.encode()):
                self.note(exercise)
        return path

    def read(self, exercise: Exercise) -> bytes:
        """The file as it is on the disk."""
        remedy = f"`fromscratch reset {exercise.id}` makes a new one."
        return read_file(self.path(exercise), WorkspaceError, remedy=remedy)

    def reset(self, exercise: Exercise) -> Path | None:
        """Puts the stub back. Returns where the learner's file is kept; None if there was nothing to keep."""
        path = self.path(exercise)
        kept: Path | None = None
        with explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.is_dir() and not path.is_symlink():
                raise WorkspaceError(f"{path} is a folder, but must be a file. Move the folder away.")
            if os.path.lexists(path) and not self._is_stub(path, exercise):
                kept = files.move_aside(path, self.state_folder / "kept" / path.parent.name, self._clock())
            files.write_new(path, exercise.stub.encode())
            files.sync_folder(path.parent)
            self.note(exercise)
        return kept

    def diff(self, exercise: Exercise) -> str:
        """What the learner changed, as a unified diff from the stub; "" if nothing."""
        mine = self.read(exercise).decode("utf-8-sig", errors="replace")
        lines = difflib.unified_diff(
            exercise.stub.splitlines(), mine.splitlines(), "stub", exercise.file_name, lineterm=""
        )
        return "\n".join(lines)

    def touched(self, exercise: Exercise) -> bool:
        """Whether the file holds work of the learner's: it is there, and no stub that this program wrote."""
        path = self.path(exercise)
        if not os.path.lexists(path):
            return False
        content = self.read(exercise)
        return not same_text(content, exercise.stub.encode()) and not self._made().wrote(self._name(path), content)

    def exercise_of(self, path: str | os.PathLike[str]) -> Exercise | None:
        """The exercise whose file this is; None for any other path."""
        given = os.path.abspath(path)
        folder, name = os.path.split(given)
        # Watchers and editors may name the file through another way to the same folder.
        real = os.path.join(os.path.realpath(folder), name)
        for candidate, root in ((given, os.fspath(self.root)), (real, os.path.realpath(self.root))):
            key = os.path.normcase(os.path.relpath(candidate, root)) if _same_drive(candidate, root) else ""
            if key in self._by_name:
                return self._by_name[key]
        return None

    @cached_property
    def _by_name(self) -> dict[str, Exercise]:
        return {
            os.path.normcase(os.path.join(exercise.folder.parent.name, exercise.file_name)): exercise
            for exercise in self.course.exercises
        }

    def _wanted(self) -> Iterator[tuple[Path, str]]:
        """Every file that belongs here, with its first content."""
        yield self.root / "parts.py", PARTS
        for month in self.course.months:
            if month.exercises:
                # Python looks for `parts` beside the file that it runs, so each folder has one.
                yield self.path(month.exercises[0]).with_name("parts.py"), PARTS
            for exercise in month.exercises:
                yield self.path(exercise), exercise.stub

    def _make(self, made: Made, path: Path, text: str) -> bool:
        """Makes one file if it never existed, or brings an untouched one up to date; True if it is new."""
        name, data = self._name(path), text.encode()
        if (stray := files.release(path)) is not None:
            os.replace(stray, files.free_name(path, self.state_folder / "kept" / path.parent.name, self._clock()))
        if os.path.lexists(path):
            if not made.knows(name):
                # Not what the file holds: that may be work, which an upgrade must never replace.
                made.note(name, data)
            elif made.wrote(name, data):
                made.note(name, data)  # from before texts were stored
            elif path.is_file() and not path.is_symlink():
                old = path.read_bytes()
                # A save that comes in this very moment stays.
                if made.wrote(name, old) and files.exchange(path, old, data):
                    made.note(name, data)
            return False
        if made.knows(name) or not files.write_new(path, data):
            return False
        made.note(name, data)
        return True

    def _is_stub(self, path: Path, exercise: Exercise) -> bool:
        return path.is_file() and path.read_bytes() == exercise.stub.encode()

    def _made(self) -> Made:
        return Made(self.state_folder / "made.json")

    def note(self, exercise: Exercise) -> None:
        """Remembers that an exercise's file has been made from, or merged with, the present stub. Raises OSError."""
        self.state_folder.mkdir(parents=True, exist_ok=True)
        made = self._made()
        made.note(self._name(self.path(exercise)), exercise.stub.encode())
        made.save()

    def made_from(self, exercise: Exercise) -> bytes | None:
        """The stub that the learner's file was made from; None if that is not known."""
        text = self._made().text(self._name(self.path(exercise)))
        return None if text is None else text.encode()

    def keep(self, path: Path, content: bytes) -> Path:
        """Stores a copy of a file's content among those kept aside. Raises OSError."""
        folder = self.state_folder / "kept" / path.parent.name
        kept = files.free_name(path, folder, self._clock())
        files.overwrite(kept, content)
        return kept

    def _name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()


def _same_drive(path: str, root: str) -> bool:
    return os.path.splitdrive(path)[0].lower() == os.path.splitdrive(root)[0].lower()


@contextmanager
def explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        place = Path(error.filename) if isinstance(error.filename, str) else path
        raise WorkspaceError(explain(error, place)) from error
