"""A hub on a thread of its own, for tests of programs that have an event loop of their own."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

from hub_kit import Running, serve


class HubAside:
    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.running: Running

    @property
    def port(self) -> int:
        return int(self.running.address.rpartition(":")[2])

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Runs it where the hub runs."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(60)

    def invite(self, role: Any = "member", rooms: tuple[str, ...] = ()) -> str:
        return str(self.run(self.running.invite(role, tuple(rooms))).text())

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


@contextlib.contextmanager
def hub_aside(folder: Path, rooms: tuple[str, ...] = ("lobby",), port: int = 0) -> Iterator[HubAside]:
    aside = HubAside()
    try:
        hub = serve(folder, rooms=rooms, port=port)
        aside.running = aside.run(hub.__aenter__())
        try:
            yield aside
        finally:
            aside.run(hub.__aexit__(None, None, None))
    finally:
        aside.close()
