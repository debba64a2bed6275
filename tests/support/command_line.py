"""The command line in tests: `invoke` runs a command in this process, `run_command` in a new process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from tui.main import cli

COMMAND = str(Path(sys.executable).parent / "fromscratch")


def invoke(*arguments: object, input: str = "", env: dict[str, str] | None = None) -> Result:
    """Runs a command with this standard input and further environment variables."""
    return CliRunner(env=env).invoke(cli, [str(argument) for argument in arguments], input=input)


def run_command(*arguments: object, input: str = "") -> subprocess.CompletedProcess[str]:
    """Runs a command and captures its output."""
    command = [COMMAND, *map(str, arguments)]
    return subprocess.run(command, input=input, capture_output=True, text=True, timeout=100)


def start_command(*arguments: object, **options: Any) -> subprocess.Popen[str]:
    """Starts a command whose standard output is a pipe."""
    return subprocess.Popen([COMMAND, *map(str, arguments)], stdout=subprocess.PIPE, text=True, **options)


def run_python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs Python code in a new process, which must succeed, with further environment variables."""
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=100, check=True, env=os.environ | environment
    )
