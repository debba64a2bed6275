"""Implements `from parts import Name` outside the grader: the learner's code if it passed, or else the reference."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import fromscratch
from exercises.course import Course
from exercises.decode import CourseError
from exercises.exercise import Exercise
from exercises.load import load_course
from exercises.location import reference_folder, select
from learner.other_courses import content_digest, read_record
from learner.passed import passed_exercises
from learner.workspace import STATE_FOLDER, Workspace

_PREFIX = "_fromscratch_parts_"
_loading: set[Path] = set()
_loaded: dict[Path, tuple[bytes, ModuleType]] = {}
_warned: set[str] = set()


def lookup(workspace_root: Path, name: str, importer: str | None = None, course: Course | None = None) -> Any:
    """Returns the class or function called `name`.

    `workspace_root` is the workspace or a folder in it. `importer` is the path of the importing file: if several
    exercises define the name, an exercise that the importer's exercise needs takes precedence.
    Raises ImportError if no exercise has such a symbol.
    """
    root = find_root(Path(workspace_root))
    workspace = Workspace(root, course or _course_of(root))
    importing = workspace.exercise_of(importer) if importer else None
    exercise = _exercise_with(workspace.course, name, importing)
    if exercise is not None:
        symbol = _learner_symbol(workspace, exercise, name)
        return symbol if symbol is not None else _reference_symbol(exercise.reference, name)
    for exercise in (*([importing] if importing else []), *workspace.course.exercises):
        for module, _, part_name in (part.partition(":") for part in exercise.parts):
            if part_name == name:
                return _reference_symbol(module, name)
    why = "this file defines it" if importing and name in importing.symbols else "no exercise defines it"
    raise ImportError(f"parts has no {name!r}: {why}. Check the spelling of the import.", name="parts")


@cache
def _course_of(root: Path) -> Course:
    """Returns the course of a workspace. Raises ImportError for a course from a folder that has changed, as its code
    runs here without the sandbox."""
    record = read_record(root)
    if record is None:
        return load_course()
    folder = Path(record.folder)
    try:
        is_trusted = record.trusted == content_digest(folder, reference_folder(folder))
    except CourseError as error:
        raise ImportError(f"parts: {error}", name="parts") from None
    if not is_trusted:
        message = f"parts: the course has changed since you trusted it. Open it: fromscratch --course {folder}"
        raise ImportError(message, name="parts")
    select(folder)
    fromscratch.use_reference(reference_folder().parent)
    return load_course()


def module(workspace_root: Path, course: Course | None = None) -> ModuleType:
    """Returns a `parts` module for the sys.modules of a process that does not run in the workspace."""
    parts = ModuleType("parts", "What the learner has built so far.")

    def get(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lookup(workspace_root, name, sys._getframe(1).f_globals.get("__file__"), course)

    parts.__dict__["__getattr__"] = get
    return parts


def find_root(folder: Path) -> Path:
    """Returns the workspace that contains a folder, or the folder if there is none."""
    folder = Path(os.path.abspath(folder))
    return next((parent for parent in (folder, *folder.parents) if (parent / STATE_FOLDER).is_dir()), folder)


def _exercise_with(course: Course, name: str, importing: Exercise | None) -> Exercise | None:
    """Returns the exercise that defines a symbol: one that the importing exercise needs, or else the first."""
    if importing is None:
        return next((exercise for exercise in course.exercises if name in exercise.symbols), None)
    exercises = [exercise for exercise in course.exercises if name in exercise.symbols and exercise != importing]
    needed = [exercise for exercise in exercises if exercise.id in importing.needs]
    if needed or any(part.partition(":")[2] == name for part in importing.parts):
        return needed[0] if needed else None
    return exercises[0] if exercises else None


def _learner_symbol(workspace: Workspace, exercise: Exercise, name: str) -> Any:
    """Returns the learner's symbol, or None if it has not passed or does not load."""
    path = workspace.path(exercise)
    # A file that imports from itself while it loads must not load a second time.
    if path in _loading or exercise.id not in passed_exercises(workspace.progress_path):
        return None
    try:
        symbol = getattr(_load(workspace, path, exercise), name, None)
    except (Exception, SystemExit) as error:
        reason = str(error).splitlines()[0] if str(error) else "no message"
        _warn(path, f"it does not load ({type(error).__name__}: {reason})", name)
        return None
    if symbol is None:
        _warn(path, f"it no longer defines {name}", name)
    return symbol


def _load(workspace: Workspace, path: Path, exercise: Exercise) -> ModuleType:
    """Returns the learner's file as a module, which is cached until its content changes."""
    source = workspace.read(exercise)
    if path in _loaded and _loaded[path][0] == source:
        return _loaded[path][1]
    spec = importlib.util.spec_from_file_location(_PREFIX + exercise.stem, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is not a Python file")
    loaded = importlib.util.module_from_spec(spec)
    # `from parts import …` in the file must also work in a process that does not run in the workspace.
    sys.modules.setdefault("parts", module(workspace.root, workspace.course))
    previous = sys.modules.get(spec.name)
    sys.modules[spec.name] = loaded
    _loading.add(path)
    try:
        exec(compile(source, path, "exec"), loaded.__dict__)
    except BaseException:
        sys.modules.pop(spec.name)
        if previous is not None:
            sys.modules[spec.name] = previous
        raise
    finally:
        _loading.discard(path)
    _loaded[path] = (source, loaded)
    return loaded


def _reference_symbol(module: str, name: str) -> Any:
    try:
        return getattr(importlib.import_module(module), name)
    except AttributeError:
        raise ImportError(f"parts has no {name!r}: {module} does not define it.", name="parts") from None


def _warn(path: Path, why: str, name: str) -> None:
    """Prints a line on stderr, once for each reason."""
    line = f"parts: {path.name} has passed, but {why}; using the course's {name}."
    if line not in _warned:
        _warned.add(line)
        print(line, file=sys.stderr)
