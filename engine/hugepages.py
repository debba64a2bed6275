"""Large pages for what the warm parent has loaded (Linux 6.1 and newer): a fork copies a table of pages, and the end
of a process takes it apart again, so that each of a thousand processes costs half as much where pages are large."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from typing import Any

LARGE = 2 * 2**20
COLLAPSE = 25  # of madvise(2)

libc: Any = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None


def use_huge_pages() -> None:
    """Puts this process's own memory into large pages, as far as the kernel does it."""
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError), open("/proc/self/maps") as maps:
        for line in maps.readlines():
            words = line.split()
            if words[1] == "rw-p" and words[4] == "0" and (len(words) == 5 or words[5] == "[heap]"):
                begin, end = (int(word, 16) for word in words[0].split("-"))
                begin, end = -(-begin // LARGE) * LARGE, end // LARGE * LARGE
                if begin < end:
                    libc.madvise(ctypes.c_void_p(begin), ctypes.c_size_t(end - begin), COLLAPSE)
