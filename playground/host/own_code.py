"""Loads the learner's files in the host process, and finds what they import from `parts` among the chosen parts."""

from __future__ import annotations

import importlib
import importlib.util
import itertools
import linecache
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from exercises.course import Course
from exercises.load import load_course
from playground.host.adapters import ADAPTERS
from playground.host.host_error import HostError, memory_error
from playground.messages import LearnerFile
from playground.parts_catalogue import REFERENCE, Part, parts_of

_numbers = itertools.count()
_codes: dict[str, tuple[OwnCode, str]] = {}  # a loaded module's name -> its OwnCode and exercise


class PartError(HostError):
    """The learner's part cannot be used; `part` is its id, and the message names it and the line."""

    def __init__(self, part: str, message: str) -> None:
        super().__init__(message)
        self.part = part


class OwnCode:
    """The chosen parts of a model: `choices` maps a part's id to the exercise whose file supplies it.

    `from parts import Name` in a file gives the chosen part where the name is one, else the learner's symbol if it
    has passed, else the reference's. The reference's parts are copies that use the chosen parts as well.
    """

    def __init__(
        self, architecture: str, choices: Mapping[str, str], files: Sequence[LearnerFile], course: Course | None = None
    ) -> None:
        self.parts = {part.id: part for part in parts_of(architecture)}
        self.choices = {id: exercise for id, exercise in choices.items() if exercise != REFERENCE and id in self.parts}
        self.files = {file.exercise: file for file in files}
        self.exercises = {exercise.id: exercise for exercise in (course or load_course()).exercises}
        self._prefix = f"_fromscratch_{next(_numbers)}_"
        self._modules: dict[str, ModuleType] = {}  # by exercise, or by the reference's module
        self._parts: dict[str, Any] = {}
        self._loading: list[str] = []
        self.imported: set[str] = set()  # parts that the learner's files import

    def close(self) -> None:
        """Removes the loaded modules, which nothing may import from afterwards."""
        for module in self._modules.values():
            sys.modules.pop(module.__name__, None)
            _codes.pop(module.__name__, None)

    def is_own(self, id: str) -> bool:
        return id in self.choices

    def part(self, id: str) -> Any:
        """Returns the class or function of a part. Raises PartError if the learner's cannot be loaded."""
        if id not in self._parts:
            part, exercise = self.parts[id], self.choices.get(id)
            if exercise is None:
                self._parts[id] = self.reference(part.primary.reference)
            else:
                supplier = part.supplier(exercise)
                if supplier is None:
                    raise PartError(id, f"{exercise} supplies no {part.title.lower()}.")
                symbol = self.own_symbol(exercise, supplier.symbol, id)
                adapt = ADAPTERS.get((id, exercise))
                self._parts[id] = adapt(symbol) if adapt is not None else symbol
        return self._parts[id]

    def own_symbol(self, exercise: str, name: str, part: str) -> Any:
        """Returns a class or function of the learner's file. Raises PartError."""
        if exercise not in self.files:
            raise PartError(part, f"You have no file of {exercise} yet.")
        path = Path(self.files[exercise].path)
        try:
            symbol = getattr(self._own_module(exercise), name, None)
        except PartError:
            raise  # of a part that the file imports
        except (Exception, SystemExit) as error:
            raise PartError(part, f"Your {path.name} could not be loaded: {describe(error, [str(path)])}.") from error
        if not callable(symbol):
            raise PartError(part, f"Your {path.name} does not define {name}.")
        return symbol

    def reference(self, place: str) -> Any:
        """Returns the reference's symbol, "module:Symbol", whose own parts are the chosen ones."""
        name, _, symbol = place.partition(":")
        if name not in self._modules:
            origin = importlib.util.find_spec(name)
            assert origin is not None and origin.origin is not None
            module = self._new_module(name, name.rpartition(".")[2], origin.origin)
            self._modules[name] = module
            assert module.__spec__ is not None and module.__spec__.loader is not None
            module.__spec__.loader.exec_module(module)
            for part in self.parts.values():
                home, _, used = part.primary.reference.partition(":")
                source = getattr(vars(module).get(used), "__module__", "")
                if home != (name if source == module.__name__ else source):
                    continue
                if part.id in self.choices:
                    setattr(module, used, self.part(part.id))
                elif home != name:
                    setattr(module, used, self.reference(part.primary.reference))
        return getattr(self._modules[name], symbol)

    def lookup(self, name: str, importing: str) -> Any:
        """Returns what `from parts import name` gives in the file of an exercise. Raises ImportError."""
        exercise = self._exercise_with(name, importing)
        if exercise is None:
            for place in self.exercises[importing].parts:
                if place.partition(":")[2] == name:
                    return self.reference(place)
            raise ImportError(f"parts has no {name!r}: no exercise defines it.", name="parts")
        part = self._part_of(exercise, name)
        # a part that is made of another supplier's symbol gets that symbol, not itself
        chosen = self.choices.get(part.id) if part is not None else None
        if part is not None and chosen != importing and chosen not in self._loading:
            self.imported.add(part.id)
            return self.part(part.id)
        file = self.files.get(exercise)
        if file is not None and file.passed and exercise not in self._loading:
            try:
                return self.own_symbol(exercise, name, "")
            except PartError as error:
                print(f"parts: {error} The course's {name} is used.", file=sys.stderr)
        return self.reference(f"{self.exercises[exercise].reference}:{name}")

    def owner(self, value: object) -> str | None:
        """Returns the exercise whose file defines a class, a function or the class of an object, if it is own."""
        name = getattr(value, "__module__", None) or type(value).__module__
        code, exercise = _codes.get(name, (None, ""))
        return exercise if code is self and exercise in self.files else None

    def blame(self, error: BaseException, part: str = "") -> PartError:
        """Returns an error that names the part whose code an exception comes from, else `part`, and the line."""
        paths = {file.path: exercise for exercise, file in self.files.items() if exercise in self._modules}
        frames = [frame.filename for frame in traceback.extract_tb(error.__traceback__) if frame.filename in paths]
        exercise = paths[frames[-1]] if frames else self.choices.get(part, "")
        parts = [id for id, chosen in self.choices.items() if chosen == exercise]
        # the file of a part's own import from `parts`: the part that the model called
        outer = [id for frame in frames for id, chosen in self.choices.items() if chosen == paths[frame]]
        id = next(iter([*(parts if part not in parts else [part]), *outer]), part)
        name = self.name_of(id) if id in self.parts else exercise
        if memory_error(error):
            needs = "needs more memory than the model's process may have"
            return PartError(id, f"Your {name} {needs}{location(error, frames[-1:])}.")
        if isinstance(error, NotImplementedError) and frames:
            return PartError(id, f"Your {name} is not written yet: {Path(frames[-1]).name} is still the stub.")
        return PartError(id, f"Your {name} stopped with {describe(error, frames[-1:])}.")

    def name_of(self, id: str) -> str:
        """Returns a part's name in a sentence: the name of a function, else the title: "generate", "layer norm"."""
        part = self.parts[id]
        supplier = part.supplier(self.choices.get(id, ""))
        return supplier.symbol if supplier is not None and supplier.symbol[0].islower() else part.name

    def _part_of(self, exercise: str, name: str) -> Part | None:
        """Returns the part that an exercise's symbol is as the model uses it, if any."""
        for part in self.parts.values():
            if (part.primary.exercise, part.primary.symbol) == (exercise, name):
                return part
        return None

    def _exercise_with(self, name: str, importing: str) -> str | None:
        """Returns the exercise that defines a symbol: one that the importing exercise needs, or else the first."""
        origin = self.exercises[importing]
        ids = [id for id, exercise in self.exercises.items() if name in exercise.symbols and id != importing]
        needed = [id for id in ids if id in origin.needs]
        offered = [place for place in origin.parts if place.partition(":")[2] == name]
        if offered and not needed:
            needed = [id for id in ids if f"{self.exercises[id].reference}:{name}" in offered]
        return next(iter(needed or ids), None)

    def _own_module(self, exercise: str) -> ModuleType:
        if exercise in self._modules:
            return self._modules[exercise]
        file = self.files[exercise]
        module = self._new_module(exercise, exercise.replace("-", "_"), file.path)
        lines = file.source.decode("utf-8", "replace").splitlines(keepends=True)
        linecache.cache[file.path] = (len(file.source), None, lines, file.path)
        install_parts()
        self._loading.append(exercise)
        try:
            exec(compile(file.source, file.path, "exec", dont_inherit=True), module.__dict__)
        finally:
            self._loading.remove(exercise)
        self._modules[exercise] = module
        return module

    def _new_module(self, key: str, stem: str, path: str) -> ModuleType:
        name = self._prefix + stem
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec) if spec is not None else ModuleType(name)
        module.__file__ = path
        sys.modules[name] = module  # dataclasses look up their module
        _codes[name] = (self, key)
        return module


def install_parts() -> None:
    """Makes `from parts import …` work in the learner's files of this process."""
    if "parts" not in sys.modules or not hasattr(sys.modules["parts"], "offers_chosen"):
        parts = ModuleType("parts", "What the learner has built so far.")

        def get(name: str) -> Any:
            if name.startswith("__"):
                raise AttributeError(name)
            code, exercise = _codes.get(sys._getframe(1).f_globals.get("__name__", ""), (None, ""))
            if code is None:
                raise ImportError(f"parts has no {name!r} here.", name="parts")
            return code.lookup(name, exercise)

        parts.__dict__.update(__getattr__=get, offers_chosen=True)
        sys.modules["parts"] = parts


def location(error: BaseException, paths: Sequence[str]) -> str:
    """Returns " (line N of FILE)" for the innermost line of the learner's files in the traceback, or nothing."""
    frames = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    lines = [(Path(path).name, line) for path, line in frames if path in paths]
    if isinstance(error, SyntaxError) and error.filename in paths:
        lines.append((Path(str(error.filename)).name, error.lineno))
    return f" (line {lines[-1][1]} of {lines[-1][0]})" if lines else ""


def describe(error: BaseException, paths: Sequence[str]) -> str:
    """Returns the error in a few words, with the line of the learner's file."""
    place = location(error, paths)
    text = str(error.msg if isinstance(error, SyntaxError) else error).strip().splitlines()
    return f"{type(error).__name__}: {text[0]}{place}" if text else f"{type(error).__name__}{place}"
