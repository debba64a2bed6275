"""A job whose module has a `prepare`, which records the contexts that it receives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

_calls: list[Any] = []


def prepare(children: int, context: Any, child_context: Callable[[], Any] | None = None) -> Iterator[None]:
    _calls.append((children, child_context and child_context()))
    yield


def report(request: Any, emit: Any) -> None:
    emit({"request": request, "calls": _calls})
