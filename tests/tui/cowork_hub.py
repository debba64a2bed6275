"""A real hub for tests of the app: TLS on a free loopback port, SQLite, gradings by the session's warm engine."""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "cowork"))
from hub_kit import Running

from cowork import certificates
from cowork.hub.hub import Hub
from cowork.hub.jobs import carry_out
from cowork.hub.queues import LocalQueue
from cowork.hub.server import serving
from cowork.rooms.base import Job
from cowork.store.contract import RoomRow
from cowork.store.sql import open_store
from grader.check import Grader

ROOMS = (RoomRow("lobby", "Lobby"), RoomRow("month_3_attention", "Attention", "month_3_attention"))


class Study:
    """A hub that can be stopped and started again at the same address, with the same store."""

    def __init__(self, folder: Path, grader: Grader) -> None:
        self.folder, self.grader = folder, grader
        self.certificate = certificates.load_or_make(folder)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]

    @contextlib.asynccontextmanager
    async def runs(self) -> AsyncIterator[Running]:
        listener = socket.create_server(("127.0.0.1", self.port))
        address = f"wss://127.0.0.1:{self.port}"
        hub = Hub(open_store(self.folder / "hub.db"), address, self.certificate.fingerprint)
        await hub.start("Study group")
        known = {room.id for room in await hub.store.rooms()}
        for room in ROOMS:
            if room.id not in known:
                await hub.add_room(room)

        async def work(job: Job) -> Any:
            await carry_out(job, hub.ledger, hub.store, self.grader)

        queue = LocalQueue(work)
        await queue.start()
        await hub.take_up(queue)
        try:
            async with serving(hub, listener, self.certificate.context()):
                yield Running(hub, address, self.certificate.fingerprint)
        finally:
            await queue.close()
            await hub.close()
