"""Resource limits of a sandboxed process, which it and its descendants cannot raise."""

from __future__ import annotations

import contextlib
import math
import os
import time
from dataclasses import dataclass

try:
    import resource
except ImportError:  # Windows, where only time and output are limited
    resource = None  # type: ignore[assignment]

GIB = 2**30


@dataclass(frozen=True)
class Limits:
    """The limits: `seconds` of wall-clock time, `memory` as bytes of address space (torch alone maps about 3 GiB),
    `file_size` as bytes of a written file, `files` as open descriptors, and `output` as printed bytes."""

    seconds: float = 10.0
    memory: int = 4 * GIB
    file_size: int = 64 * 2**20
    files: int = 256
    output: int = 16 * 2**20

    def apply(self) -> None:
        """Applies the limits to this process; its parent enforces those of wall-clock time and output."""
        if resource is None:
            return
        memory = max(self.memory, mapped_bytes() + GIB)  # what the parent had mapped counts for the child
        _lower(resource.RLIMIT_AS, memory)
        if self.seconds < math.inf:
            _lower(resource.RLIMIT_CPU, math.ceil(time.process_time() + self.seconds) + 2)
        _lower(resource.RLIMIT_FSIZE, self.file_size)
        _lower(resource.RLIMIT_NOFILE, self.files)
        _lower(resource.RLIMIT_CORE, 0)


def _lower(limit: int, value: int) -> None:
    _, hard = resource.getrlimit(limit)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    with contextlib.suppress(ValueError, OSError):  # macOS refuses some of them
        resource.setrlimit(limit, (value, value))


_last_mapped = 0


def mapped_bytes() -> int:
    """Returns the bytes of address space that this process maps; without /proc, the last known value."""
    global _last_mapped
    try:
        with open("/proc/self/statm") as statm:
            _last_mapped = int(statm.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        pass
    return _last_mapped
