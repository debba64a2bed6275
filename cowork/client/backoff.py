"""The time between two attempts of a client to connect."""

from __future__ import annotations

import random
import time

FIRST_DELAY, MAX_DELAY = 0.25, 3.0  # seconds between attempts to connect
STABLE_AFTER = 10.0  # seconds after which a connection resets the delay


class Backoff:
    """Delays that double with each attempt, and are random so that clients do not all reconnect at the same moment."""

    def __init__(self) -> None:
        self._attempts = 0
        self._started = time.monotonic()

    def delay(self) -> float:
        """Returns the seconds to wait after a lost connection or a failed attempt."""
        now = time.monotonic()
        self._attempts = 0 if now - self._started > STABLE_AFTER else self._attempts + 1
        delay = min(MAX_DELAY, FIRST_DELAY * 2 ** min(self._attempts, 10)) * random.uniform(0.5, 1)
        self._started = now + delay
        return delay
