"""Kills a program while it runs."""

from __future__ import annotations

import subprocess
import sys
import time


def run_and_kill(code: str, after: float) -> None:
    """Runs Python code and kills it `after` seconds after its first line of output."""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(after)
        process.kill()
