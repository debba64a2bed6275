"""A hub on an event loop in its own thread, for tests of programs that have an event loop too."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

from tests.support.hub import HubServer, serve


class HubThread:
    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.server: HubServer

    @property
    def port(self) -> int:
        return self.server.port

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Runs a coroutine on the hub's event loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(60)

    def invite(self, role: Any = "member", rooms: tuple[str, ...] = ()) -> str:
        return str(self.run(self.server.invite(role, tuple(rooms))).text())

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


@contextlib.contextmanager
def hub_in_thread(folder: Path, rooms: tuple[str, ...] = ("lobby",), port: int = 0) -> Iterator[HubThread]:
    thread = HubThread()
    try:
        hub = serve(folder, rooms=rooms, port=port)
        thread.server = thread.run(hub.__aenter__())
        try:
            yield thread
        finally:
            thread.run(hub.__aexit__(None, None, None))
    finally:
        thread.close()
