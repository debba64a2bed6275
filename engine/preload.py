"""Loads what the engine's processes need before work arrives: torch and the modules named by the client."""

from __future__ import annotations

import gc
import importlib
from collections.abc import Callable

Steps = list[Callable[[], object]]


def load(preload: list[str]) -> tuple[Steps, Steps, str | None]:
    """Imports the modules and calls the functions in their lists AT_START.

    Returns the functions in their lists WHEN_IDLE and WHEN_LONG_IDLE, which the caller calls one at a time when it has
    nothing else to do, and the last module's STANDBY_TARGET: the job target that a process is forked ahead for.
    """
    gc.disable()  # loading creates no garbage, and collections would take a tenth of the time
    _load_torch()
    when_idle: Steps = []
    when_long_idle: Steps = []
    standby_target: str | None = None
    for name in preload:
        module = importlib.import_module(name)
        for step in getattr(module, "AT_START", ()):
            step()
        when_idle += getattr(module, "WHEN_IDLE", ())
        when_long_idle += getattr(module, "WHEN_LONG_IDLE", ())
        standby_target = getattr(module, "STANDBY_TARGET", standby_target)
    gc.collect()
    gc.freeze()
    gc.enable()
    return when_idle, when_long_idle, standby_target


def _load_torch() -> None:
    """Imports torch and calls it once, since it imports more on first use. It stays on one thread, because a process
    that is forked after multithreaded work hangs."""
    import torch

    torch.set_num_threads(1)
    torch.nn.Linear(1, 1)(torch.ones(1, 1)).sum().backward()
