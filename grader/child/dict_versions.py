"""Reads the version of a dictionary, which CPython replaces at each change of the dictionary (PEP 509, Python 3.6 to
3.12).

Comparing versions touches no value. A comparison of the values would count references to each, so a forked process
would copy the memory pages of all."""

from __future__ import annotations

import ctypes
import gc
import sys
import types
from collections.abc import Mapping
from functools import cache
from typing import Any

OFFSET = 24  # bytes of a dict before its version on 64-bit systems: reference count, type, length


class DictVersions:
    """The versions of dictionaries, or of the read-only views that `vars` returns of classes."""

    def __init__(self, dictionaries: list[Mapping[str, Any]]) -> None:
        self._dictionaries = dictionaries  # which must exist as long as the fields
        self._fields = [_field(dictionary) for dictionary in dictionaries] if are_supported() else None

    def read(self) -> list[int | None]:
        """Returns the versions; None for each where this interpreter has none."""
        if self._fields is None:
            return [None] * len(self._dictionaries)
        return [field.value for field in self._fields]


@cache
def are_supported() -> bool:
    """Returns whether each change of a dictionary changes the number at OFFSET, and reading does not."""
    if sys.implementation.name != "cpython" or sys.maxsize < 2**32 or sys.version_info >= (3, 13):
        return False
    tried = {"a": 1}
    field, seen = _field(tried), []
    for change in (dict, lambda d: d.update(a=2), lambda d: d.update(b=3), lambda d: d.pop("a"), dict.clear):
        before = field.value
        change(tried)
        seen.append(field.value != before)
    return seen == [False, True, True, True, True]


def _field(dictionary: Mapping[str, Any]) -> ctypes.c_uint64:
    """Returns the version of a dictionary as a view of its memory."""
    if isinstance(dictionary, types.MappingProxyType):
        (dictionary,) = gc.get_referents(dictionary)
    return ctypes.c_uint64.from_address(id(dictionary) + OFFSET)
