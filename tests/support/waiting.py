"""Waiting until a condition holds, in coroutines (`until`) and in blocking code (`wait_until`)."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any

TIMEOUT = 60.0
INTERVAL = 0.01


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
        _check_deadline(deadline, description, timeout, details)
        await asyncio.sleep(INTERVAL)


def wait_until(
    condition: Callable[[], Any],
    description: str = "the condition",
    timeout: float = TIMEOUT,
    details: Callable[[], str] = str,
) -> Any:
    """Blocks until the condition's result is true; returns the result."""
    deadline = time.monotonic() + timeout
    while not (result := condition()):
        _check_deadline(deadline, description, timeout, details)
        time.sleep(INTERVAL)
    return result


def _check_deadline(deadline: float, description: str, timeout: float, details: Callable[[], str]) -> None:
    if time.monotonic() >= deadline:
        raise AssertionError(f"{description}: not true after {timeout:.0f} s. {details()}")
