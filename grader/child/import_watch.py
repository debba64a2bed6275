"""Tells whether a library was imported meanwhile, whose seconds say nothing about the code that needed it."""

from __future__ import annotations

import sys

LIBRARY = 50  # modules; an optimizer imports more than 500 when it is first used


class ImportWatch:
    """Counts the loaded modules from its creation on."""

    _modules = sys.modules  # the interpreter's own dict, whatever a solution assigns to sys.modules

    def __init__(self) -> None:
        self._before = len(self._modules)

    @property
    def imported(self) -> bool:
        return len(self._modules) - self._before >= LIBRARY
