"""The user's requests to a running training (pause, continue, stop): a thread sets them, the loop reads them."""

from __future__ import annotations

import threading


class Stopped(Exception):
    """The user stopped the training."""


class Controls:
    """Receives the user's actions from any thread."""

    def __init__(self) -> None:
        self.stopping = False
        self.paused = False
        self._changed = threading.Condition()

    def set(self, action: str) -> None:
        """Applies "pause", "continue" or "stop"."""
        with self._changed:
            self.stopping = self.stopping or action == "stop"
            self.paused = action == "pause"
            self._changed.notify_all()

    def check(self) -> None:
        """Raises Stopped if the user stopped the training."""
        if self.stopping:
            raise Stopped

    def wait(self) -> None:
        """Returns when the training is no longer paused. Raises Stopped."""
        with self._changed:
            self._changed.wait_for(lambda: self.stopping or not self.paused)
        self.check()
