"""`from parts import Name` outside the grader: the learner's own if it has passed, else the reference's."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from exercises.course import Course, Exercise
from exercises.load import load_course
from learner.progress import passed_exercises
from learner.workspace import STATE_FOLDER, Workspace

_PREFIX = "_fromscratch_parts_"
_loading: set[Path] = set()
_loaded: dict[Path, tuple[bytes, ModuleType]] = {}
_warned: set[str] = set()


def lookup(workspace_root: Path, name: str, importer: str | None = None, course: Course | None = None) -> Any:
    """The class or function called `name`.

    `workspace_root` is the workspace, or a folder in it. `importer` is the file that asks: where several
    exercises have a symbol of this name, the one that the importer's exercise needs is meant.
    Raises ImportError if no exercise has such a symbol.
    """
    workspace = Workspace(_root(Path(workspace_root)), course or load_course())
    asking = workspace.exercise_of(importer) if importer else None
    maker = _maker(workspace.course, name, asking)
    if maker is not None:
        own = _own(workspace, maker, name)
        return own if own is not None else _reference(maker.reference, name)
    for exercise in (*([asking] if asking else []), *workspace.course.exercises):
        for module, _, symbol in (part.partition(":") for part in exercise.parts):
            if symbol == name:
                return _reference(module, name)
    why = "this file builds it" if asking and name in asking.symbols else "no exercise builds it"
    raise ImportError(f"parts has no {name!r}: {why}. Check the spelling of the import.", name="parts")


def module(workspace_root: Path, course: Course | None = None) -> ModuleType:
    """A `parts` module for a process that does not run in the workspace, to be put into sys.modules."""
    made = ModuleType("parts", "What the learner has built so far.")

    def get(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lookup(workspace_root, name, sys._getframe(1).f_globals.get("__file__"), course)

    made.__dict__["__getattr__"] = get
    return made


def _root(folder: Path) -> Path:
    """The workspace that a folder is in; the folder itself, if it is in none."""
    folder = Path(os.path.abspath(folder))
    return next((place for place in (folder, *folder.parents) if (place / STATE_FOLDER).is_dir()), folder)


def _maker(course: Course, name: str, asking: Exercise | None) -> Exercise | None:
    """The exercise whose symbol is meant: one that the asking exercise needs, else the course's first."""
    if asking is None:
        return next((exercise for exercise in course.exercises if name in exercise.symbols), None)
    makers = [exercise for exercise in course.exercises if name in exercise.symbols and exercise != asking]
    needed = [exercise for exercise in makers if exercise.id in asking.needs]
    if needed or any(part.partition(":")[2] == name for part in asking.parts):
        return needed[0] if needed else None
    return makers[0] if makers else None


def _own(workspace: Workspace, exercise: Exercise, name: str) -> Any:
    """The learner's symbol; None where it has not passed, or no longer loads."""
    path = workspace.path(exercise)
    # A file that is being loaded would get a half-made copy of itself.
    if path in _loading or exercise.id not in passed_exercises(workspace.progress_path):
        return None
    try:
        found = getattr(_load(workspace, path, exercise), name, None)
    except (Exception, SystemExit) as error:
        reason = str(error).splitlines()[0] if str(error) else "no message"
        _warn(path, f"it does not load ({type(error).__name__}: {reason})", name)
        return None
    if found is None:
        _warn(path, f"it no longer defines {name}", name)
    return found


def _load(workspace: Workspace, path: Path, exercise: Exercise) -> ModuleType:
    """The learner's file as a module, loaded again only when its content has changed."""
    source = workspace.read(exercise)
    if path in _loaded and _loaded[path][0] == source:
        return _loaded[path][1]
    spec = importlib.util.spec_from_file_location(_PREFIX + exercise.stem, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file")
    loaded = importlib.util.module_from_spec(spec)
    # In a process that does not run in the workspace, the file's own `from parts import …` must work too.
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


def _reference(module: str, name: str) -> Any:
    try:
        return getattr(importlib.import_module(module), name)
    except AttributeError:
        raise ImportError(f"parts has no {name!r}: {module} lacks it.", name="parts") from None


def _warn(path: Path, why: str, name: str) -> None:
    """One line on stderr, once for each reason."""
    line = f"parts: {path.name} has passed, but {why}; the course's {name} is used."
    if line not in _warned:
        _warned.add(line)
        print(line, file=sys.stderr)
