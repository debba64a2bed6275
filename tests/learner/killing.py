"""A program that is killed while it works."""

from __future__ import annotations

import subprocess
import sys
import time


def run_and_kill(code: str, after: float) -> None:
    """Kills Python code so many seconds after its first line of output."""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(after)
        process.kill()
