"""Sends the reminders of all rooms when they are due."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from cowork.permissions import HUB
from cowork.refusal import Refusal
from cowork.rooms.reminders import SendReminders, due_assignments, due_meetings
from cowork.store.contract import StoreProblem

if TYPE_CHECKING:
    from cowork.hub.ledger import Ledger
    from cowork.store.sql import Store

log = logging.getLogger("cowork.hub")
INTERVAL = 30.0  # seconds


class ReminderSender:
    """Several hubs over one store can run it at the same time: the first to store a reminder sends it."""

    def __init__(self, ledger: Ledger, store: Store, clock: Callable[[], float] = time.time) -> None:
        self._ledger, self._store, self._clock = ledger, store, clock

    async def run(self) -> None:
        """Sends reminders until it is cancelled."""
        while True:
            try:
                await self.send()
            except (Refusal, StoreProblem) as error:
                log.error("reminders were not sent: %s", error)
            await asyncio.sleep(INTERVAL)

    async def send(self) -> None:
        """Sends the reminders that are due now, each once. Raises Refusal, StoreProblem."""
        now = self._clock()
        for card in await self._store.rooms():
            room = await self._ledger.room(card.id)
            if due_assignments(room, now) or due_meetings(room, now):
                await self._ledger.execute(HUB, card.id, f"remind {secrets.token_hex(8)}", SendReminders())
