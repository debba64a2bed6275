"""Records the lists, dicts and texts of running code, to find the first divergence in code without tensors."""

from __future__ import annotations

import hashlib
import sys
import types
from typing import Any

MAX_ITEMS, MAX_VALUES, MAX_LINES = 2000, 5000, 20_000
MAX_CALLS = 50_000  # of any function: tracing slows down every call
KINDS = (list, tuple, dict, set, frozenset, str, bytes)
PLAIN = (int, str, bytes, bool, float, type(None))


def digest(value: Any) -> str | None:
    """Returns 16 hex digits that are the same for equal values in any container: a list or a tuple, a dict or a
    Counter, with its keys in any order. None for values that are not plain data, or too small to be specific."""
    if not isinstance(value, KINDS) or len(value) < 2:
        return None
    try:
        plain = _plain(value, [MAX_ITEMS])
    except (ValueError, RecursionError):
        return None
    return hashlib.blake2b(repr(plain).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _plain(value: Any, budget: list[int]) -> Any:
    budget[0] -= 1
    if budget[0] < 0:
        raise ValueError("too large")
    if type(value) is float:
        return f"{value:.4g}"  # sums in a different order differ by rounding
    if type(value) in PLAIN:
        return value
    if isinstance(value, list | tuple):
        return tuple(_plain(item, budget) for item in value)
    if isinstance(value, dict):
        return "dict", sorted((repr(_plain(key, budget)), repr(_plain(item, budget))) for key, item in value.items())
    if isinstance(value, set | frozenset):
        return "set", sorted(repr(_plain(item, budget)) for item in value)
    raise ValueError("no plain data")


def is_changed(sizes: dict[str, tuple[int, int]], name: str, value: Any) -> bool:
    """Returns whether a variable has a new value or length since the last call. It misses changes of items, which
    are recorded when the function returns."""
    size = (id(value), len(value))
    previous = sizes.get(name)
    sizes[name] = size
    return previous != size


class ValueRecorder:
    """While entered, keeps the digests of the local variables and results of the functions in one file."""

    def __init__(self, filename: str) -> None:
        self.filename = filename
        self.seen: set[str] = set()
        self._lines = self._calls = 0

    def __enter__(self) -> None:
        sys.settrace(self.trace)

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)

    def trace(self, frame: types.FrameType, event: str, arg: Any) -> Any:
        """Traces a call for sys.settrace."""
        self._calls += 1
        if self._calls > MAX_CALLS:
            sys.settrace(None)
        if frame.f_code.co_filename != self.filename:
            return None
        sizes: dict[str, tuple[int, int]] = {}

        def trace_line(frame: types.FrameType, event: str, arg: Any) -> Any:
            self._lines += 1
            if self._lines > MAX_LINES or len(self.seen) > MAX_VALUES:
                return None
            for name, value in [*frame.f_locals.items(), ("return", arg)]:
                if isinstance(value, KINDS) and (event == "return" or is_changed(sizes, name, value)):
                    self.seen.add(digest(value) or "")
            return trace_line

        return trace_line
