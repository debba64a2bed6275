"""The command line in tests: `invoke` runs a command in this process, `run_command` runs it in a new process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner, Result

from tui.main import cli

COMMAND = str(Path(sys.executable).parent / "fromscratch")


def invoke(
    *arguments: object, workspace: Path | None = None, input: str = "", env: dict[str, str] | None = None
) -> Result:
    """Runs a command with its standard input."""
    options = [] if workspace is None else ["--workspace", str(workspace)]
    return CliRunner(env=env).invoke(cli, [*options, *map(str, arguments)], input=input)


def run_command(
    *arguments: object, workspace: Path, input: str = "", cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Runs a command in a new process, with further environment variables."""
    return subprocess.run(
        [COMMAND, *map(str, arguments)], input=input, capture_output=True, text=True, timeout=100, cwd=cwd,
        env=command_environment(workspace, **environment),
    )  # fmt: skip


def start_command(*arguments: object, workspace: Path) -> subprocess.Popen[str]:
    """Starts a command in a new process; its standard output is a pipe."""
    return subprocess.Popen(
        [COMMAND, *map(str, arguments)], stdout=subprocess.PIPE, text=True, env=command_environment(workspace)
    )


def command_environment(workspace: Path, **environment: str) -> dict[str, str]:
    settings = {"FROMSCRATCH_WORKSPACE": str(workspace), "COLUMNS": "100", "NO_COLOR": "1"}
    return os.environ | settings | environment
