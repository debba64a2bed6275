"""How much one connection, and one address, may ask for."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cowork.refusal import Refusal

BURST, RATE = 40, 10.0  # frames at once, and a second
SHARE = 32 * 1024  # bytes of a frame that count like one more frame
DEBT = 200  # refusals on end after which a connection is cut
SIGN_IN_TIMEOUT = 10.0  # seconds
SIGN_IN_FRAME = 4 * 1024  # bytes
MAX_UNSIGNED_PER_ADDRESS = 256  # connections of an address that are not signed in
MAX_PER_ADDRESS = 1_000
MAX_PER_MEMBER = 16


class TokenBucket:
    """Tokens that come back with time. Taking one that is not there raises Refusal("too fast")."""

    def __init__(self, burst: int = BURST, rate: float = RATE, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst, self._rate, self._clock = burst, rate, clock
        self._tokens, self._at = float(burst), clock()
        self.refused = 0  # on end

    def take(self, cost: float = 1.0) -> None:
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens < cost:
            self.refused += 1
            raise Refusal("too fast", f"That is too much at once: the hub takes {self._rate:.0f} a second of each.")
        self._tokens -= cost
        self.refused = 0


class ConnectionLimit:
    """How many there are of each, at most `most`."""

    def __init__(self, most: int, says: str) -> None:
        self._most, self._says = most, says
        self._taken: Counter[str] = Counter()

    @contextmanager
    def one(self, of: str) -> Iterator[None]:
        """Raises Refusal("full")."""
        if self._taken[of] >= self._most:
            raise Refusal("full", self._says)
        self._taken[of] += 1
        try:
            yield
        finally:
            self._taken[of] -= 1
            if not self._taken[of]:
                del self._taken[of]
