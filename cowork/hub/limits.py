"""Rate limits of a connection, and connection limits of an address and of a member."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cowork.refusal import Refusal

FRAME_BURST, FRAME_RATE = 40, 10.0  # frames at once, and a second
BYTES_PER_TOKEN = 32 * 1024  # a frame costs one token more for each of these
MAX_REFUSALS = 200  # consecutive refusals after which a connection is closed
HANDSHAKE_TIMEOUT = 5.0  # seconds, for TLS
SIGN_IN_TIMEOUT = 10.0  # seconds
SIGN_IN_FRAME = 4 * 1024  # bytes
MAX_UNSIGNED_PER_ADDRESS = 256  # connections that have not signed in
MAX_PER_ADDRESS = 1_000
MAX_PER_MEMBER = 16


class TokenBucket:
    """A rate limit: `take` raises Refusal("too fast") when too few tokens are left. `refused` counts consecutive
    refusals."""

    def __init__(
        self, burst: int = FRAME_BURST, rate: float = FRAME_RATE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._burst, self._rate, self._clock = burst, rate, clock
        self._tokens, self._updated = float(burst), clock()
        self.refused = 0

    def take(self, cost: float = 1.0) -> None:
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._updated) * self._rate)
        self._updated = now
        if self._tokens < cost:
            self.refused += 1
            raise Refusal("too fast", f"You are sending too much: the hub accepts {self._rate:.0f} frames per second.")
        self._tokens -= cost
        self.refused = 0


class ConnectionLimit:
    """Limits how many connections each key (an address or a member) has."""

    def __init__(self, limit: int, message: str) -> None:
        self._limit, self._message = limit, message
        self._counts: Counter[str] = Counter()

    @contextmanager
    def acquire(self, key: str) -> Iterator[None]:
        """Counts a connection inside the block. Raises Refusal("full")."""
        if self._counts[key] >= self._limit:
            raise Refusal("full", self._message)
        self._counts[key] += 1
        try:
            yield
        finally:
            self._counts[key] -= 1
            if not self._counts[key]:
                del self._counts[key]
