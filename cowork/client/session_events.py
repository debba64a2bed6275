"""Changes of a session, and the listeners that are notified of them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Literal

import msgspec

from cowork.rooms.base import Event

log = logging.getLogger("cowork.client")


class Change(msgspec.Struct, frozen=True):
    """A change of a session.

    "state": the connection or the number of queued commands; "rooms": the list of rooms; "people": who is in `room`;
    "events": new events in `room`; "room": the whole room; "refused": the hub refused a queued command for `room`, or
    the room itself, and `says` gives the reason.
    """

    kind: Literal["state", "rooms", "people", "events", "room", "refused"]
    room: str | None = None
    events: tuple[Event[Any], ...] = ()
    says: str = ""


Listener = Callable[[Change], None]


class Listeners:
    """Calls listeners in order; a listener that raises does not stop the others."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def add(self, listener: Listener) -> Callable[[], None]:
        """Adds a listener, and returns a function that removes it."""
        self._listeners.append(listener)

        def remove() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return remove

    def notify(self, change: Change) -> None:
        for listener in list(self._listeners):
            try:
                listener(change)
            except Exception:
                log.exception("a listener failed")
