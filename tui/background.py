"""Starts exclusive workers."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, cast

from textual.dom import DOMNode


def start(node: DOMNode, work: Callable[[], Coroutine[Any, Any, None]], group: str) -> None:
    """Runs `work` as the only worker of its group and cancels the one before.

    `work` is a function because a worker that is cancelled before its first step never awaits its coroutine.
    """
    node.run_worker(cast(Any, work), group=group, exclusive=True)
