"""Confines a training process before it loads the learner's parts."""

from __future__ import annotations

import math
import os
import tempfile
from pathlib import Path

import fromscratch
from engine.sandbox import policy
from engine.sandbox.limits import GIB, Limits, mapped_bytes
from exercises.load import load_course

MEMORY = 8 * GIB  # that the training may allocate
MAX_FILE, FILES = 64 * GIB, 1024


def confine(out: Path) -> list[str]:
    """Lets this process write only in the training's folder, and open no connections, as far as the system can.

    Returns the active layers of the sandbox. Namespaces are not among them, because the folder lies outside.
    """
    load_course()
    tempfile.tempdir = os.environ["TMPDIR"] = str(out.resolve())
    layers = policy.apply_layers(out.resolve(), (), policy.LAYERS[:3], [fromscratch.ROOT])
    Limits(math.inf, mapped_bytes() + MEMORY, MAX_FILE, FILES).apply()
    return layers
