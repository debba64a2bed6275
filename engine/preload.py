"""What a process of the engine loads before there is work: torch, pytest, and what the rooms above ask for."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
from collections.abc import Callable


def warm_up() -> None:
    """Loads what every job needs. All torch work stays on one thread: a fork after a threaded one hangs."""
    import pytest
    import torch

    torch.set_num_threads(1)
    torch.testing.assert_close(torch.ones(1), torch.ones(1))  # pulls in most of a second of lazy imports
    torch.nn.Linear(1, 1)(torch.ones(1, 1)).sum().backward()
    with open(os.devnull, "w") as null, contextlib.redirect_stdout(null), contextlib.redirect_stderr(null):
        pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider", "-c", os.devnull, os.devnull])


Steps = list[Callable[[], object]]


def load(preload: list[str]) -> tuple[Steps, Steps, str | None]:
    """Imports modules and calls what they list as AT_ONCE; returns what they list as LATER and as RARELY, to be called
    one by one when nothing else is to do (LATER also when there is much to do that needs it), and the last one's
    SPARE: the target for which a process is kept waiting."""
    gc.disable()  # nothing that is loaded is garbage, and to look for some takes a tenth of the time
    warm_up()
    later: Steps = []
    rarely: Steps = []
    spare: str | None = None
    for name in preload:
        module = importlib.import_module(name)
        for step in getattr(module, "AT_ONCE", ()):
            step()
        later += getattr(module, "LATER", ())
        rarely += getattr(module, "RARELY", ())
        spare = getattr(module, "SPARE", spare)
    gc.collect()
    gc.freeze()
    gc.enable()
    return later, rarely, spare
