"""A browser page's session: its app runs in a separate process, which ends with the page."""

from __future__ import annotations

import asyncio
import os
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable
from pathlib import Path

from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

import fromscratch

EXIT_TIMEOUT = 8.0  # seconds until an app that does not exit is killed


class PageSession(AppService):
    """Connects the process of an app for a workspace with a WebSocket."""

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
        """Starts the app without a shell, in a session of its own: Ctrl-C in the terminal reaches only the server."""
        environment = self._build_environment(width, height) | {"TEXTUAL_DRIVER": "tui.web.driver:PageDriver"}
        command = fromscratch.command("tui.web.driver", os.fspath(self.root))
        self._process = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=environment, start_new_session=True
        )
        self._stdin = self._process.stdin
        return self._process

    async def run(self) -> None:
        """Runs until the app exits, then closes the page."""
        await super().run()
        await self.remote_close()
        assert self._process is not None and self._process.stdout is not None
        # If the page closes first, the app must not block on output that is no longer read.
        while await self._process.stdout.read(2**16):
            pass

    async def stop(self) -> None:
        """Ends the process by closing its input, on which `PageDriver` exits; kills it after EXIT_TIMEOUT."""
        process, task = self._process, self._task
        if process is None or task is None:
            return
        await self._download_manager.cancel_app_downloads(app_service_id=self.app_service_id)
        self.stdin.close()
        exited = asyncio.ensure_future(process.wait())
        await asyncio.wait({exited}, timeout=EXIT_TIMEOUT)
        if process.returncode is None:
            process.kill()
        await asyncio.wait({exited, task}, timeout=1)
        for waiting in (exited, task):
            waiting.cancel()
