"""Starts work beside the screen."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, cast

from textual.dom import DOMNode


def start(node: DOMNode, work: Callable[[], Coroutine[Any, Any, None]], group: str) -> None:
    """Runs `work` as the only worker of its group: one under way is cancelled. Work that is overtaken before its
    first step is never begun, so `work` is a function and not a coroutine."""
    node.run_worker(cast(Any, work), group=group, exclusive=True)
