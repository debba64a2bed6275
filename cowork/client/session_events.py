"""What a session tells of itself, and to whom."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Literal

import msgspec

from cowork.rooms.base import Event

log = logging.getLogger("cowork.client")


class Change(msgspec.Struct, frozen=True):
    """What is new. "state": the connection, or what waits to be sent; "rooms": their list; "people" and "events" in
    `room`, the events one by one, "room": any number of them, or all anew; "refused": what had waited to be sent to
    `room` will not be done, `says` tells why."""

    kind: Literal["state", "rooms", "people", "events", "room", "refused"]
    room: str | None = None
    events: tuple[Event[Any], ...] = ()
    says: str = ""


Listener = Callable[[Change], None]


class Listeners:
    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def add(self, listener: Listener) -> Callable[[], None]:
        """Returns how to stop, which may be called more than once."""
        self._listeners.append(listener)

        def stop() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return stop

    def tell(self, change: Change) -> None:
        for listener in list(self._listeners):
            try:
                listener(change)
            except Exception:
                log.exception("a listener failed")
