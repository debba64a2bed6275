"""Waiting until a condition holds, in coroutines (`until`) and in blocking code (`wait_until`)."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any

TIMEOUT = 60.0
# A condition costs time, such as a screen that is drawn, so it is checked less often the longer it is not true.
FIRST_INTERVAL, LAST_INTERVAL, SHARE = 0.01, 0.1, 0.05


async def until(
    condition: Callable[[], Any],
    description: str = "the condition",
    timeout: float = TIMEOUT,
    details: Callable[[], str] = str,
) -> Any:
    """Waits until the condition's result, which can be awaitable, is true; returns the result."""
    deadline = time.monotonic() + timeout
    while True:
        result = condition()
        if inspect.isawaitable(result):
            result = await result
        if result:
            return result
        await asyncio.sleep(_interval(deadline, description, timeout, details))


def wait_until(
    condition: Callable[[], Any],
    description: str = "the condition",
    timeout: float = TIMEOUT,
    details: Callable[[], str] = str,
) -> Any:
    """Blocks until the condition's result is true; returns the result."""
    deadline = time.monotonic() + timeout
    while not (result := condition()):
        time.sleep(_interval(deadline, description, timeout, details))
    return result


def _interval(deadline: float, description: str, timeout: float, details: Callable[[], str]) -> float:
    """Returns the seconds until the next check. Raises AssertionError after the deadline."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise AssertionError(f"{description}: not true after {timeout:.0f} s. {details()}")
    return min(max((timeout - left) * SHARE, FIRST_INTERVAL), LAST_INTERVAL)
