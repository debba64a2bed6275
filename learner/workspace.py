"""The workspace: the learner's folder, with one Python file per exercise, `parts.py` and `AGENTS.md`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cached_property
from pathlib import Path

from exercises.course import Course
from exercises.exercise import Exercise
from learner import files, renames
from learner.agents_file import AGENTS
from learner.errors import WorkspaceError, explain
from learner.parts_file import PARTS
from learner.source_file import read_file
from learner.stub_manifest import StubManifest, same_text

__all__ = ["Workspace", "WorkspaceError"]

STATE_FOLDER = ".fromscratch"


class Workspace:
    """A learner's files. Every method that accesses the disk raises WorkspaceError, which says what to do."""

    def __init__(
        self, root: Path, course: Course, clock: Callable[[], datetime] = lambda: datetime.now().astimezone()
    ) -> None:
        self.root = Path(os.path.abspath(root))
        self.course = course
        self._clock = clock
        self.messages: list[str] = []  # the changes that `create` made to files because the course has changed

    @staticmethod
    def resolve(option: str | os.PathLike[str] | None, environ: Mapping[str, str] = os.environ) -> Path:
        """Returns the path of the workspace: the option, else FROMSCRATCH_WORKSPACE, else ~/fromscratch."""
        if option is not None and not os.fspath(option).strip():
            raise WorkspaceError("The name of the workspace is empty. Choose a folder with --workspace DIR.")
        chosen = os.fspath(option) if option else environ.get("FROMSCRATCH_WORKSPACE") or "~/fromscratch"
        try:
            return Path(os.path.abspath(Path(chosen).expanduser()))
        except (RuntimeError, ValueError) as error:
            message = f"The workspace {chosen!r} is not a usable path. Choose one with --workspace DIR."
            raise WorkspaceError(message) from error

    @property
    def state_folder(self) -> Path:
        """The folder of the program's data: progress and copies of files."""
        return self.root / STATE_FOLDER

    @property
    def progress_path(self) -> Path:
        return self.state_folder / "progress.db"

    def path(self, exercise: Exercise) -> Path:
        """Returns the path of the learner's file, which does not need to exist."""
        return self.root / exercise.workspace_path

    def create(self) -> list[Path]:
        """Creates missing folders and files and returns the new files.

        An existing file stays unchanged, unless it is an unmodified older stub. A file that the learner has deleted
        is not created again, except by `reset` and `ensure`.
        """
        new: list[Path] = []
        with workspace_errors(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            self.state_folder.mkdir(exist_ok=True)
        manifest = self._manifest()
        try:
            with workspace_errors(self.root):
                self.messages = renames.apply_renames(self.root, self.course, manifest)
            for path, text in self._expected_files():
                with workspace_errors(path):
                    path.parent.mkdir(exist_ok=True)
                    if self._create_file(manifest, path, text):
                        new.append(path)
        finally:
            # The manifest must be saved even after an error; otherwise files that the learner deletes would return.
            # An error is ignored if nothing was created, so that a read-only workspace can be viewed.
            with workspace_errors(manifest.path) if new or self.messages else suppress(OSError):
                manifest.save()
        for folder in {path.parent for path in new}:
            files.sync_folder(folder)
        return new

    def ensure(self, exercise: Exercise) -> Path:
        """Returns the learner's file, after creating it from the stub if it is missing."""
        path = self.path(exercise)
        with workspace_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            if files.write_new(path, exercise.stub.encode()):
                self.record_stub(exercise)
        return path

    def read(self, exercise: Exercise) -> bytes:
        """Returns the content of the learner's file."""
        remedy = f"`fromscratch reset {exercise.id}` creates a new one."
        return read_file(self.path(exercise), WorkspaceError, remedy=remedy)

    def reset(self, exercise: Exercise) -> Path | None:
        """Restores the stub. Returns the path of a copy of the learner's file, or None if it was unmodified."""
        path = self.path(exercise)
        copy: Path | None = None
        with workspace_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.is_dir() and not path.is_symlink():
                raise WorkspaceError(f"{path} is a folder, but must be a file. Move the folder away.")
            if os.path.lexists(path) and not self._is_stub(path, exercise):
                copy = files.move_aside(path, self._copies_folder(path), self._clock())
            files.write_new(path, exercise.stub.encode())
            files.sync_folder(path.parent)
            self.record_stub(exercise)
        return copy

    def diff(self, exercise: Exercise) -> str:
        """Returns the learner's changes as a unified diff from the stub; "" if there are none."""
        mine = self.read(exercise).decode("utf-8-sig", errors="replace")
        import difflib  # the app starts without it

        lines = difflib.unified_diff(
            exercise.stub.splitlines(), mine.splitlines(), "stub", exercise.file_name, lineterm=""
        )
        return "\n".join(lines)

    def is_modified(self, exercise: Exercise) -> bool:
        """Whether the file exists and differs from every stub that the program wrote there."""
        path = self.path(exercise)
        if not os.path.lexists(path):
            return False
        content = self.read(exercise)
        return not same_text(content, exercise.stub.encode()) and not self._manifest().matches(
            self._name(path), content
        )

    def exercise_of(self, path: str | os.PathLike[str]) -> Exercise | None:
        """Returns the exercise of a file, or None for any other path."""
        absolute = os.path.abspath(path)
        folder, name = os.path.split(absolute)
        # Watchers and editors can report a path that leads to the folder through a symbolic link.
        real = os.path.join(os.path.realpath(folder), name)
        for candidate, root in ((absolute, os.fspath(self.root)), (real, os.path.realpath(self.root))):
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

    def _expected_files(self) -> Iterator[tuple[Path, str]]:
        """Yields every file of the workspace with its initial content."""
        yield self.root / "AGENTS.md", AGENTS
        yield self.root / "parts.py", PARTS
        for month in self.course.months:
            if month.exercises:
                # Python searches for `parts` in the folder of the file that it runs, so each folder needs one.
                yield self.path(month.exercises[0]).with_name("parts.py"), PARTS
            for exercise in month.exercises:
                yield self.path(exercise), exercise.stub

    def _create_file(self, manifest: StubManifest, path: Path, text: str) -> bool:
        """Creates a file that never existed, or updates an unmodified one. Returns whether the file is new."""
        name, data = self._name(path), text.encode()
        if (leftover := files.recover_exchange(path)) is not None:
            os.replace(leftover, files.reserve_name(path, self._copies_folder(path), self._clock()))
        if os.path.lexists(path):
            if not manifest.contains(name):
                # Recording the file's own content would let an upgrade replace the learner's work.
                manifest.add(name, data)
            elif manifest.matches(name, data):
                manifest.add(name, data)  # older versions did not store the stub's text
            elif path.is_file() and not path.is_symlink():
                old = path.read_bytes()
                # `exchange` fails if the learner saves at this moment.
                if manifest.matches(name, old) and files.exchange(path, old, data):
                    manifest.add(name, data)
            return False
        if manifest.contains(name) or not files.write_new(path, data):
            return False
        manifest.add(name, data)
        return True

    def _is_stub(self, path: Path, exercise: Exercise) -> bool:
        return path.is_file() and path.read_bytes() == exercise.stub.encode()

    def _manifest(self) -> StubManifest:
        return StubManifest(self.state_folder / "made.json")

    def record_stub(self, exercise: Exercise) -> None:
        """Records that an exercise's file was created from, or merged with, the present stub. Raises OSError."""
        self.state_folder.mkdir(parents=True, exist_ok=True)
        manifest = self._manifest()
        manifest.add(self._name(self.path(exercise)), exercise.stub.encode())
        manifest.save()

    def original_stub(self, exercise: Exercise) -> bytes | None:
        """Returns the stub that the learner's file was created from, or None if it is unknown."""
        stub = self._manifest().stub(self._name(self.path(exercise)))
        return None if stub is None else stub.encode()

    def save_copy(self, path: Path, content: bytes) -> Path:
        """Stores a copy of a file's content in the folder of copies and returns its path. Raises OSError."""
        copy = files.reserve_name(path, self._copies_folder(path), self._clock())
        files.overwrite(copy, content)
        return copy

    def _copies_folder(self, path: Path) -> Path:
        return self.state_folder / "kept" / path.parent.name

    def _name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()


def _same_drive(path: str, root: str) -> bool:
    return os.path.splitdrive(path)[0].lower() == os.path.splitdrive(root)[0].lower()


@contextmanager
def workspace_errors(path: Path) -> Iterator[None]:
    """Raises a WorkspaceError in place of an OSError."""
    try:
        yield
    except OSError as error:
        failed = Path(error.filename) if isinstance(error.filename, str) else path
        raise WorkspaceError(explain(error, failed)) from error
