"""A real hub for tests of the app: TLS on a loopback port, SQLite, and the session's warm engine."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from textual import events
from textual.pilot import Pilot

from cowork import certificates
from cowork.frames import RoomCard
from cowork.hub.grading_jobs import LocalQueue, run_job
from cowork.hub.hosting import serving
from cowork.hub.hub import Hub
from cowork.rooms.base import Job
from cowork.store.open_store import open_store
from exercises.course import Course
from grader.check import Grader
from tests.support.hub import HubServer
from tests.support.tui import NARROW, NOW, open_practice, screen_text, until
from tui.app import FromScratchApp
from tui.widgets.cowork.composer import Composer

ROOMS = (RoomCard("lobby", "Lobby"), RoomCard("month_3_attention", "Attention", "month_3_attention"))


class StudyHub:
    """A hub that can be restarted at the same address with the same store."""

    def __init__(self, folder: Path, grader: Grader) -> None:
        self.folder, self.grader = folder, grader
        self.certificate = certificates.load_or_create(folder)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]

    @contextlib.asynccontextmanager
    async def run(self) -> AsyncIterator[HubServer]:
        listener = socket.create_server(("127.0.0.1", self.port))
        address = f"wss://127.0.0.1:{self.port}"
        hub = Hub(open_store(self.folder / "hub.db"), address, self.certificate.fingerprint)
        await hub.start("Study group")
        known = {room.id for room in await hub.store.rooms()}
        for room in ROOMS:
            if room.id not in known:
                await hub.add_room(room)

        async def work(job: Job) -> Any:
            await run_job(job, hub.ledger, hub.store, self.grader)

        queue = LocalQueue(work)
        await queue.start()
        await hub.use_queue(queue)
        try:
            async with serving(hub, listener, self.certificate.context()):
                yield HubServer(hub, address, self.certificate.fingerprint)
        finally:
            await queue.close()
            await hub.close()


@contextlib.asynccontextmanager
async def app_in_room(
    root: Path, grader: Grader, few: Course, server: HubServer, size: tuple[int, int] = NARROW, role: Any = "member"
) -> AsyncIterator[Pilot[Any]]:
    """Yields the app of Ben, who has joined by pasting an invite."""
    app = FromScratchApp(root, course=few, grader=grader, clock=lambda: NOW)
    async with app.run_test(size=size) as pilot:
        await open_practice(pilot)
        await pilot.press("5")
        await until(pilot, lambda: "fromscratch host" in screen_text(app), "Co-work is shown")
        app.screen.post_message(events.Paste((await server.invite(role)).text()))
        await until(pilot, lambda: app.focused is not None and app.focused.id == "name", "the name is asked")
        await pilot.press(*"Ben", "enter")
        await until(pilot, lambda: app.cowork.room is not None and "online" in screen_text(app), "the room is shown")
        await until(pilot, lambda: "Here (1)" in screen_text(app), "Ben is listed")
        yield pilot


async def write_message(pilot: Pilot[Any], text: str) -> None:
    pilot.app.screen.query_one(Composer).focus()
    pilot.app.screen.query_one(Composer).text = text
    await pilot.press("enter")
