"""A job whose module gets ready for what it is told ahead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

_known: list[Any] = []


def prepare(many: int, subject: Any, question: Callable[[], Any] | None = None) -> Iterator[None]:
    _known.append((many, question and question()))
    yield


def tell(job: Any, emit: Any) -> None:
    emit({"job": job, "known": _known})
