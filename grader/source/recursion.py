"""Raises the recursion limit for syntax trees, which can be as deep as Python's compiler accepts."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

MAX_DEPTH = 100_000


@contextlib.contextmanager
def deep_recursion() -> Iterator[None]:
    """While entered, Python functions can recurse MAX_DEPTH deep."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, MAX_DEPTH))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
