"""What a learner's child may use: memory, processor, files, descriptors; set once, inherited, never raised."""

from __future__ import annotations

import contextlib
import math
import os
import time
from dataclasses import dataclass

try:
    import resource
except ImportError:  # Windows, where the clock and the output are all that is bounded
    resource = None  # type: ignore[assignment]

GIB = 2**30


@dataclass(frozen=True)
class Limits:
    """seconds: wall clock of the whole check. memory: bytes of address space; torch alone maps about three
    GiB. file_size: bytes of any file written. files: open descriptors. output: printed bytes that end it."""

    seconds: float = 10.0
    memory: int = 4 * GIB
    file_size: int = 64 * 2**20
    files: int = 256
    output: int = 16 * 2**20

    def apply(self) -> None:
        """Applies them to the calling process."""
        if resource is None:
            return
        room = max(self.memory, mapped_bytes() + GIB)  # what the parent has mapped already counts for the child
        _lower(resource.RLIMIT_AS, room)
        _lower(resource.RLIMIT_CPU, math.ceil(time.process_time() + self.seconds) + 2)
        _lower(resource.RLIMIT_FSIZE, self.file_size)
        _lower(resource.RLIMIT_NOFILE, self.files)
        _lower(resource.RLIMIT_CORE, 0)


def _lower(what: int, value: int) -> None:
    _, hard = resource.getrlimit(what)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    with contextlib.suppress(ValueError, OSError):  # macOS refuses some of them
        resource.setrlimit(what, (value, value))


_before = 0


def mapped_bytes() -> int:
    """Bytes of address space that this process has, or had when it was last asked and /proc was there."""
    global _before
    try:
        with open("/proc/self/statm") as statm:
            _before = int(statm.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        pass
    return _before
