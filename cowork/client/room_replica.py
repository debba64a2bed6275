"""A client's copy of a room, built from events, and rebuilt if the hub's history differs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from cowork.frames import Enter, RoomCard
from cowork.refusal import Refusal
from cowork.rooms.base import Event, MissingEvents, Room
from cowork.rooms.registry import new_room


class RoomReplica:
    """`room` is the copy; `ready` says whether it is up to date; `shown` is the one before while `room` is rebuilt.
    The caller sends each returned Enter to the hub."""

    def __init__(self, card: RoomCard) -> None:
        self.card = card
        self.room = new_room(card.id, card.title, card.month)
        self.ready = False
        self._last: Event[Any] | None = None
        self._entering = False
        self._entered: asyncio.Future[None] | None = None
        self._before: Room | None = None

    @property
    def shown(self) -> Room:
        return self.room if self._before is None else self._before

    def enter(self) -> Enter:
        """Asks for events from the last known one, which is sent again to show whether the history differs."""
        return self._enter(max(self.room.seq - 1, 0))

    def events(self, events: Sequence[Event[Any]]) -> tuple[list[Event[Any]], Enter | None]:
        """Applies events, and returns the new ones."""
        new: list[Event[Any]] = []
        for event in events:
            if self._last is not None and event.seq == self._last.seq and event != self._last:
                return [], self.restart()
            try:
                if self.room.apply(event):
                    self._last = event
                    new.append(event)
                    if event.fact.forgets() and self.ready:
                        return new, self.restart()  # the events before have changed
            except MissingEvents:
                return new, None if self._entering else self.enter()
        return new, None

    def caught_up(self, seq: int) -> Enter | None:
        """Handles that all events up to `seq` were sent. A hub that is behind has an older copy of its store, or is
        slightly behind other hubs: asked for the events after ours, it catches up or refuses."""
        self._entering = False
        if seq != self.room.seq:
            return self._enter(self.room.seq)
        self.ready = True
        self._before = None
        self.finish(None)
        return None

    def restart(self) -> Enter:
        """Rebuilds the room from the beginning, because the hub's history differs."""
        self._before = self.shown if self.shown.seq else None
        self.room = new_room(self.card.id, self.card.title, self.card.month)
        self._last = None
        return self.enter()

    def disconnected(self) -> None:
        """Handles the end of the connection."""
        self.ready = self._entering = False
        self.finish(None)

    async def entered(self) -> None:
        """Waits until the room is up to date or the connection is lost. Raises Refusal."""
        if self.ready:
            return
        if self._entered is None:
            self._entered = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._entered)

    def _enter(self, since: int) -> Enter:
        self.ready = False
        self._entering = True
        return Enter(self.card.id, since)

    def finish(self, refusal: Refusal | None) -> None:
        """Ends the wait of `entered`; `refusal`: why the user may not enter."""
        if self._entered is not None and not self._entered.done():
            if refusal is None:
                self._entered.set_result(None)
            else:
                self._entered.set_exception(refusal)
                self._entered.exception()  # marks it as retrieved: the caller may have given up
        self._entered = None
