"""The module `parts` while grading: it offers the reference's parts, but never the symbol under test.

Where the exercise is checked with the learner's own parts, a part that has passed is the learner's.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Mapping, Sequence
from typing import Any

# the learner's file that defines parts: "file", "source", "defines" and "offers", both as {name: module}
OwnFile = Mapping[str, Any]


class NotOffered(ImportError):
    """The solution imports something from `parts` that this exercise does not offer."""


class Parts(types.ModuleType):
    """The module `parts` of one check.

    sources: a module's name to its offered slice, in the order of execution
    offers: a symbol to its module
    own: the learner's files that take the place of the reference's, also inside of the reference's other parts; None
        where the check takes the reference's only, and then nothing is recorded
    used: the parts that are used, each "yours" or "reference"; `problems` says why one is not the learner's
    """

    def __init__(
        self, sources: dict[str, str], offers: dict[str, str], symbols: list[str], own: Sequence[OwnFile] | None = None
    ) -> None:
        super().__init__("parts")
        self._sources = sources
        self._offers = offers
        self._symbols = symbols
        self._records = own is not None
        self._own = {(module, name): file for file in own or () for name, module in file["defines"].items()}
        self._connected: set[tuple[str, str]] = set()  # the reference's parts whose own parts are replaced
        self._loading: list[OwnFile] = []  # the learner's files that are being executed, the innermost last
        self._loaded: dict[str, dict[str, Any]] = {}
        self.used: dict[str, str] = {}
        self.problems: dict[str, str] = {}
        self.__all__ = sorted(offers)  # for `from parts import *`
        self.__path__: list[str] = []  # makes it a package, with the slices as submodules

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        offers = self._loading[-1]["offers"] if self._loading else self._offers
        if name in self._symbols and not self._loading:
            raise NotOffered(f"`parts` does not offer `{name}` here: it is what you are building.")
        if name not in offers:
            offered = ", ".join(sorted(offers)) or "nothing"
            raise NotOffered(f"`parts` does not offer `{name}` in this exercise. It offers {offered}.")
        return self._part(offers[name], name)

    def _part(self, module: str, name: str) -> Any:
        """Returns the learner's part or else the reference's."""
        file = self._own.get((module, name))
        if file is not None and (part := self._own_part(file, name)) is not None:
            self.used[name] = "yours"
            return part
        self._execute()
        namespace = vars(sys.modules[f"parts.{module}"])
        if self._records and (module, name) not in self._connected:
            self._connected.add((module, name))
            if name in self._offers:
                self.used.setdefault(name, "reference")
            for inner in _names_used(namespace[name]):
                value = namespace.get(inner)
                source, _, inner_module = str(getattr(value, "__module__", "")).partition(".")
                if source == "parts" and getattr(value, "__name__", "") == inner:
                    namespace[inner] = self._part(inner_module, inner)
        return namespace[name]

    def _own_part(self, file: OwnFile, name: str) -> Any:
        """Returns the learner's part, or None where its file does not load or imports the part itself."""
        if any(file is other for other in self._loading):
            return None
        filename = str(file["file"])
        if filename not in self._loaded:
            module = types.ModuleType(f"own_{filename.removesuffix('.py')}")
            module.__file__ = filename
            sys.modules[module.__name__] = module  # dataclasses look up their module
            self._loading.append(file)
            try:
                exec(compile(file["source"], filename, "exec", dont_inherit=True), module.__dict__)
            except Exception as error:
                reason = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no message'}"
                self.problems[name] = f"Your {filename} does not load here ({reason})."
                return None
            finally:
                self._loading.remove(file)
            self._loaded[filename] = vars(module)
        return self._loaded[filename].get(name)

    def _execute(self) -> None:
        for name, source in self._sources.items():
            full_name = f"parts.{name}"
            if full_name not in sys.modules:
                module = sys.modules[full_name] = types.ModuleType(full_name)
                exec(compile(source, f"<parts {name}>", "exec", dont_inherit=True), module.__dict__)


def _names_used(part: Any) -> set[str]:
    """Returns the global names and attributes that a function or the methods of a class use."""
    functions = vars(part).values() if isinstance(part, type) else [part]
    pending = [function.__code__ for function in functions if isinstance(function, types.FunctionType)]
    names: set[str] = set()
    while pending:
        code = pending.pop()
        names.update(code.co_names)
        pending += [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]
    return names


def install(
    sources: dict[str, str], offers: dict[str, str], symbols: list[str], own: Sequence[OwnFile] | None = None
) -> Parts:
    """Makes `parts` importable in this process."""
    parts = sys.modules["parts"] = Parts(sources, offers, symbols, own)
    return parts
