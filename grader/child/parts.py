"""The module `parts` while grading: it offers the reference's parts, but never the symbol under test."""

from __future__ import annotations

import sys
import types
from typing import Any


class NotOffered(ImportError):
    """The solution imports something from `parts` that this exercise does not offer."""


class Parts(types.ModuleType):
    """The module `parts` of one check. `sources` maps a module's name to its offered slice, in the order of
    execution; `offers` maps a symbol to its module."""

    def __init__(self, sources: dict[str, str], offers: dict[str, str], symbols: list[str]) -> None:
        super().__init__("parts")
        self._sources = sources
        self._offers = offers
        self._symbols = symbols
        self.__all__ = sorted(offers)  # for `from parts import *`
        self.__path__: list[str] = []  # makes it a package, with the slices as submodules

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in self._symbols:
            raise NotOffered(f"`parts` does not offer `{name}` here: it is what you are building.")
        if name not in self._offers:
            offered = ", ".join(sorted(self._offers)) or "nothing"
            raise NotOffered(f"`parts` does not offer `{name}` in this exercise. It offers {offered}.")
        self._execute()
        return vars(sys.modules[f"parts.{self._offers[name]}"])[name]

    def _execute(self) -> None:
        for name, source in self._sources.items():
            full_name = f"parts.{name}"
            if full_name not in sys.modules:
                module = sys.modules[full_name] = types.ModuleType(full_name)
                exec(compile(source, f"<parts {name}>", "exec", dont_inherit=True), module.__dict__)


def install(sources: dict[str, str], offers: dict[str, str], symbols: list[str]) -> None:
    """Makes `parts` importable in this process."""
    sys.modules["parts"] = Parts(sources, offers, symbols)
