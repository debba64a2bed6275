"""`fromscratch host` in a process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from cowork import invites
from tests.support.waiting import TIMEOUT


class HubProcess:
    """A hub's process that listens, the output of its start, and the invitations in this output."""

    def __init__(self, process: asyncio.subprocess.Process, output: str) -> None:
        self.process, self.output = process, output
        self.invitations = [invites.parse(text) for text in re.findall(r"join (fromscratch\S+)", output)]

    async def kill(self) -> None:
        """Sends SIGKILL."""
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    async def stop(self) -> tuple[int, str]:
        """Sends SIGTERM; returns the exit code and the remaining output."""
        self.process.send_signal(signal.SIGTERM)
        rest, _ = await asyncio.wait_for(self.process.communicate(), TIMEOUT)
        return self.process.returncode or 0, rest.decode()


@contextlib.asynccontextmanager
async def hub_process(data: Path, *options: str) -> AsyncIterator[HubProcess]:
    """Starts a hub, and kills it at the end if it still runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tui", "host", "--data", str(data), *options,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert process.stdout is not None
    output = ""
    try:
        async with asyncio.timeout(TIMEOUT):
            while "Ctrl-C stops the hub" not in output:
                line = await process.stdout.readline()
                assert line, output
                output += line.decode()
        yield HubProcess(process, output)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
