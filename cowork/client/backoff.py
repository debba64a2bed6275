"""How long to wait before one tries to connect again."""

from __future__ import annotations

import random
import time

FIRST, LONGEST = 0.25, 3.0  # seconds
LASTED = 10.0  # seconds after which a connection is taken for a good one


class Backoff:
    """Pauses grow from try to try, and are not the same for all: after a hub was away, not all come at one moment."""

    def __init__(self) -> None:
        self._tries = 0
        self._began = time.monotonic()

    def pause(self) -> float:
        """Seconds to wait after a connection that was lost, or a try that failed."""
        now = time.monotonic()
        self._tries = 0 if now - self._began > LASTED else self._tries + 1
        length = min(LONGEST, FIRST * 2 ** min(self._tries, 10)) * random.uniform(0.5, 1)
        self._began = now + length
        return length
