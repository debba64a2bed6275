"""`from parts import MultiHeadAttention` while grading: the reference's parts, and never the one under test."""

from __future__ import annotations

import sys
import types
from typing import Any


class NotOffered(ImportError):
    """The learner asked `parts` for something that this exercise does not offer."""


class Parts(types.ModuleType):
    """The module `parts` of one check. `sources` maps a module's name to the slice of it that is offered,
    in the order to execute them; `offers` maps a symbol to its module."""

    def __init__(self, sources: dict[str, str], offers: dict[str, str], symbols: list[str]) -> None:
        super().__init__("parts")
        self._sources = sources
        self._offers = offers
        self._symbols = symbols
        self.__path__: list[str] = []  # so that the slices may be its submodules

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
            full = f"parts.{name}"
            if full not in sys.modules:
                module = sys.modules[full] = types.ModuleType(full)
                exec(compile(source, f"<parts {name}>", "exec", dont_inherit=True), module.__dict__)


def install(sources: dict[str, str], offers: dict[str, str], symbols: list[str]) -> None:
    """Makes `parts` importable in this process, which is the learner's child."""
    sys.modules["parts"] = Parts(sources, offers, symbols)
