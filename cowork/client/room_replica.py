"""A room as a client follows it: filled by events in order, and made anew where the hub's memory is another."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from cowork.frames import Enter, RoomCard
from cowork.refusal import Refusal
from cowork.rooms.base import Event, MissingEvents
from cowork.rooms.registry import new_room


class RoomReplica:
    """`room` is what events have made so far; `ready` says whether all up to now are in it. What methods return as
    Enter is to be sent to the hub."""

    def __init__(self, card: RoomCard) -> None:
        self.card = card
        self.room = new_room(card.id, card.title, card.month)
        self.ready = False
        self._last: Event[Any] | None = None
        self._asking = False
        self._entered: asyncio.Future[None] | None = None

    def enter(self) -> Enter:
        """Goes on with the last event that is here, which comes again: it shows whether the hub remembers the same."""
        return self._enter(max(self.room.seq - 1, 0))

    def events(self, events: Sequence[Event[Any]]) -> tuple[list[Event[Any]], Enter | None]:
        """Takes in events; returns those that are new."""
        new: list[Event[Any]] = []
        for event in events:
            if self._last is not None and event.seq == self._last.seq and event != self._last:
                return [], self.anew()
            try:
                if self.room.apply(event):
                    self._last = event
                    new.append(event)
            except MissingEvents:
                return new, None if self._asking else self.enter()
        return new, None

    def caught_up(self, seq: int) -> Enter | None:
        """All events up to `seq` were sent. A hub whose last event comes before ours has an older copy, or is a
        moment behind others over the same store: asked to go on after ours, it finds out and says."""
        self._asking = False
        if seq != self.room.seq:
            return self._enter(self.room.seq)
        self.ready = True
        self._settle(None)
        return None

    def anew(self) -> Enter:
        """The hub has not what is here: from the beginning."""
        self.room = new_room(self.card.id, self.card.title, self.card.month)
        self._last = None
        return self.enter()

    def lost(self) -> None:
        """The connection ended."""
        self.ready = self._asking = False
        self._settle(None)

    def refused(self, refusal: Refusal) -> None:
        """One may not come in."""
        self._settle(refusal)

    async def entered(self) -> None:
        """Waits until all is here, or the connection is lost; raises Refusal."""
        if self.ready:
            return
        if self._entered is None:
            self._entered = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._entered)

    def _enter(self, since: int) -> Enter:
        self.ready = False
        self._asking = True
        return Enter(self.card.id, since)

    def _settle(self, refusal: Refusal | None) -> None:
        if self._entered is not None and not self._entered.done():
            if refusal is None:
                self._entered.set_result(None)
            else:
                self._entered.set_exception(refusal)
                self._entered.exception()  # who waited may have gone
        self._entered = None
