"""`fromscratch host` as a process of its own."""

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

PATIENCE = 60.0  # seconds until it listens


class Host:
    """A process that listens; `invitations`: the invites it printed, `said`: all that it printed."""

    def __init__(self, process: asyncio.subprocess.Process, said: str) -> None:
        self.process, self.said = process, said
        self.invitations = [invites.parse(text) for text in re.findall(r"join (fromscratch\S+)", said)]

    async def kill(self) -> None:
        """As the system kills a process that has no chance to put anything in order."""
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    async def stop(self) -> tuple[int, str]:
        """Asks it to stop: its exit code, and what else it printed."""
        self.process.send_signal(signal.SIGTERM)
        rest, _ = await asyncio.wait_for(self.process.communicate(), PATIENCE)
        return self.process.returncode or 0, rest.decode()


@contextlib.asynccontextmanager
async def hosting(data: Path, *options: str) -> AsyncIterator[Host]:
    """Started, and killed in the end if it still runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tui", "host", "--data", str(data), *options,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert process.stdout is not None
    said = ""
    try:
        async with asyncio.timeout(PATIENCE):
            while "Ctrl-C stops the hub" not in said:
                line = await process.stdout.readline()
                assert line, said
                said += line.decode()
        yield Host(process, said)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
