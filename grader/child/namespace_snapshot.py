"""What stands under the names of a module or a class, and code behind functions, remembered so that a look is quick.

A look at thousands of names one by one touches every object behind them. In a forked process, which shares its
memory until it is touched, that copies a page for each. So the memory of the table itself is compared first: where
its bytes are what they were, each name stands for the same object. Any other table is looked at by its names. Where
Python counts the changes of a dictionary, its count alone says that there was none. To ask a function for its code is
slow as well, where an audit hook hears of it.
"""

from __future__ import annotations

import ctypes
import gc
import sys
import sysconfig
import types
from builtins import all as _all
from builtins import map as _map
from collections.abc import Callable, Iterable
from itertools import repeat
from operator import eq, is_
from typing import Any

WORD = ctypes.sizeof(ctypes.c_void_p)
KEYS = 4 * WORD  # where a dictionary has its table's address: after reference count, type, length and version
HEAD = 16  # bytes of a table that say nothing of what is in it, among them a version that the interpreter sets
_bytes_at: Callable[[int, int], bytes] = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.c_ssize_t)(
    ("PyBytes_FromStringAndSize", ctypes.pythonapi)
)
_size_of: Callable[[dict[str, Any]], int] = dict.__sizeof__


def _known_layout() -> bool:
    """Whether this Python has its dictionaries where they are looked for; tried, as well."""
    if sys.implementation.name != "cpython" or not (3, 11) <= sys.version_info < (3, 15):
        return False
    if sysconfig.get_config_var("Py_GIL_DISABLED") or dict.__basicsize__ != KEYS + 2 * WORD:
        return False
    one, other = object(), object()
    space = {"one": one, "other": other}
    before, again = _memory(space), _memory(space)
    space["one"] = other
    after = _memory(space)
    space["one"] = one
    return before == again != after and _memory(space) == before


def _memory(space: dict[str, Any]) -> bytes:
    """The address of a dictionary's table, and the bytes there."""
    address, size = _bytes_at(id(space) + KEYS, WORD), _size_of(space) - dict.__basicsize__
    return address + _bytes_at(int.from_bytes(address, sys.byteorder) + HEAD, size - HEAD)


def _count(space: dict[str, Any]) -> bytes:
    """The number that Python gives a dictionary at each change, and the address of its table."""
    return _bytes_at(id(space) + KEYS - WORD, 2 * WORD)


def _counted() -> bool:
    """Whether there is such a number, and every way to change a dictionary gives another."""
    if not QUICK:
        return False
    one, other, place = object(), object(), types.ModuleType("place")
    space: dict[str, Any] = vars(place)
    changes: list[Callable[[], object]] = [
        lambda: space.update(one=other), lambda: setattr(place, "one", one), lambda: vars(place).pop("one"),
        lambda: space.setdefault("one", one), lambda: exec("one = 0", space), lambda: exec("del one", space),
        lambda: exec("def f():\n global g\n g = object()", space), *([lambda: space["f"]()] * 20),
    ]  # fmt: skip
    counts = {_count(space)}
    for change in changes:
        change()
        counts.add(_count(space))
    return len(counts) == len(changes) + 1


QUICK = _known_layout()
COUNTED = _counted()


class Table:
    """The names of a module or a class that `counts` picks, and what they stand for."""

    def __init__(self, place: Any, counts: Callable[[str, Any], bool]) -> None:
        name = str(place.__name__)
        self.name = name if isinstance(place, types.ModuleType) else f"{place.__module__}.{name}"
        self.space: dict[str, Any] = vars(place)
        if not isinstance(self.space, dict):  # a class shows its own only through a proxy
            (self.space,) = gc.get_referents(self.space)
        self.counts = counts
        self.take()

    def take(self) -> None:
        """Remembers what is there now."""
        known = {name: value for name, value in self.space.items() if self.counts(name, value)}
        self.names, self.known = list(known), list(known.values())
        self.count, self.memory = self._now()

    def _now(self) -> tuple[bytes, bytes]:
        return (_count(self.space), _memory(self.space)) if QUICK else (b"", b"")

    def untouched(self) -> bool:
        """Whether nothing at all was put in or out."""
        if COUNTED and _count(self.space) == self.count:
            return True
        return QUICK and _memory(self.space) == self.memory

    def replaced(self) -> list[tuple[str, Any, Any]]:
        """(name, what it stands for now, what it stood for) of each name that stands for something else."""
        if self.untouched():
            return []
        now = self._now()
        if _all(_map(is_, _map(self.space.get, self.names), self.known)):
            self.count, self.memory = now  # names were added, or put there anew as they were
            return []
        pairs = zip(self.names, self.known, strict=True)
        return [(name, self.space.get(name), value) for name, value in pairs if self.space.get(name) is not value]


class Codes:
    """The code of functions, which can be put in place of another."""

    def __init__(self, functions: Iterable[types.FunctionType]) -> None:
        self.codes = [(function, function.__code__) for function in functions]
        self.places = [id(function) + CODE for function, _ in self.codes]
        self.words = [_word(id(code)) for _, code in self.codes]

    def replaced(self) -> str | None:
        """The name of the first function with other code than it had."""
        if CODE and _all(_map(eq, _map(_bytes_at, self.places, repeat(WORD)), self.words)):
            return None
        changed = (function for function, code in self.codes if function.__code__ is not code)
        return next((f"{function.__module__}.{function.__name__}" for function in changed), None)


def _word(address: int) -> bytes:
    return address.to_bytes(WORD, sys.byteorder)


def _place_of_code() -> int:
    """Where in a function's memory its code's address stands; 0 if unknown. Tried with two functions."""
    if not QUICK:
        return 0
    found = {_bytes_at(id(one), types.FunctionType.__basicsize__).find(_word(id(one.__code__)), WORD)
             for one in (_known_layout, _memory)}  # fmt: skip
    place = found.pop()
    return place if not found and place > 0 and not place % WORD else 0


CODE = _place_of_code()
