"""Room for recursion over trees of source code, which may be as deep as Python compiles."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

DEPTH = 100_000


@contextlib.contextmanager
def deeper() -> Iterator[None]:
    """While entered, Python's own functions may call each other that deep."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, DEPTH))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
