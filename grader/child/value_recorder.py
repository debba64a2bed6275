"""Lists, dictionaries and texts as they arise in running code, so that steps without tensors can be named too."""

from __future__ import annotations

import hashlib
import sys
import types
from typing import Any

MAX_ITEMS, MAX_VALUES, MAX_LOOKS = 2000, 5000, 20_000
MAX_CALLS = 50_000  # of any function while a probe is watched: a long loop must not hold up the verdict
KINDS = (list, tuple, dict, set, frozenset, str, bytes)
PLAIN = (int, str, bytes, bool, float, type(None))


def digest(value: Any) -> str | None:
    """Sixteen hex digits that equal values share, whatever container they are in (a list or a tuple, a dict or
    a Counter, in any order of keys). None for what is no plain data, or so small that it tells nothing."""
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
        return f"{value:.4g}"  # another order of additions is no other value
    if type(value) in PLAIN:
        return value
    if isinstance(value, list | tuple):
        return tuple(_plain(item, budget) for item in value)
    if isinstance(value, dict):
        return "dict", sorted((repr(_plain(key, budget)), repr(_plain(item, budget))) for key, item in value.items())
    if isinstance(value, set | frozenset):
        return "set", sorted(repr(_plain(item, budget)) for item in value)
    raise ValueError("no plain data")


def grown(sizes: dict[str, tuple[int, int]], name: str, value: Any) -> bool:
    """Whether a variable holds another value, or one of another length, than at the last look. A change within
    is not seen; the look at the end of a function makes up for that."""
    size = (id(value), len(value))
    known = sizes.get(name)
    sizes[name] = size
    return known != size


class Watcher:
    """While entered, keeps the digest of every value that a local variable of the file's code takes, and of
    what its functions return."""

    def __init__(self, filename: str) -> None:
        self.filename = filename
        self.seen: set[str] = set()
        self._looks = self._calls = 0

    def __enter__(self) -> None:
        sys.settrace(self._enter)

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)

    def _enter(self, frame: types.FrameType, event: str, arg: Any) -> Any:
        self._calls += 1
        if self._calls > MAX_CALLS:
            sys.settrace(None)
        if frame.f_code.co_filename != self.filename:
            return None
        sizes: dict[str, tuple[int, int]] = {}

        def look(frame: types.FrameType, event: str, arg: Any) -> Any:
            self._looks += 1
            if self._looks > MAX_LOOKS or len(self.seen) > MAX_VALUES:
                return None
            for name, value in [*frame.f_locals.items(), ("return", arg)]:
                if isinstance(value, KINDS) and (event == "return" or grown(sizes, name, value)):
                    self.seen.add(digest(value) or "")
            return look

        return look
