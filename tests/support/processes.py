"""Processes that tests start, watch and kill."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from tests.support.waiting import until, wait_until


def is_alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def alive(pids: Iterable[int]) -> list[int]:
    """The processes among these that run."""
    return [pid for pid in pids if is_alive(pid)]


async def until_exited(*pids: int) -> None:
    await until(lambda: not alive(pids), f"processes {pids} exit")


def wait_until_exited(*pids: int) -> None:
    wait_until(lambda: not alive(pids), f"processes {pids} exit")


def run_and_kill(code: str, delay: float) -> None:
    """Runs Python code and kills it `delay` seconds after its first line of output."""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(delay)
        process.kill()
