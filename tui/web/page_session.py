"""One page in a browser: the app in a process of its own, which ends with the page."""

from __future__ import annotations

import asyncio
import os
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable
from pathlib import Path

from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

import fromscratch

# How long an app may take to leave, before it is made to.
GRACE = 8.0


class Visit(AppService):
    """The app for a workspace, between its process and a websocket."""

    def __init__(
        self,
        root: Path,
        *,
        write_bytes: Callable[[bytes], Awaitable[None]],
        write_str: Callable[[str], Awaitable[None]],
        close: Callable[[], Awaitable[object]],
        downloads: DownloadManager,
    ) -> None:
        async def closed() -> None:
            await close()

        super().__init__("", write_bytes=write_bytes, write_str=write_str, close=closed, download_manager=downloads)
        self.root = root

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        """Without a shell, and out of reach of a Ctrl-C that is meant for the server."""
        environment = self._build_environment(width, height) | {"TEXTUAL_DRIVER": "tui.web.driver:PageDriver"}
        command = fromscratch.command("tui.web.driver", os.fspath(self.root))
        self._process = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=environment, start_new_session=True
        )
        self._stdin = self._process.stdin
        return self._process

    async def run(self) -> None:
        """Until the app has ended; then the page is told, however it ended."""
        await super().run()
        await self.remote_close()
        assert self._process is not None and self._process.stdout is not None
        # With the page gone before the app, what it still draws must not hold it.
        while await self._process.stdout.read(2**16):
            pass

    async def stop(self) -> None:
        """Ends the process: `PageDriver` leaves when nobody is left to type."""
        process, task = self._process, self._task
        if process is None or task is None:
            return
        await self._download_manager.cancel_app_downloads(app_service_id=self.app_service_id)
        self.stdin.close()
        ended = asyncio.ensure_future(process.wait())
        await asyncio.wait({ended}, timeout=GRACE)
        if process.returncode is None:
            process.kill()
        await asyncio.wait({ended, task}, timeout=1)
        for late in (ended, task):
            late.cancel()
