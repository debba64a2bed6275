"""Starting the app from a command. `tui.main` supplies the functions, because commands do not import the app."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from learner.project import Project

KEY = "fromscratch.app_launcher"


@dataclass(frozen=True)
class AppLauncher:
    """The functions that start the app. `run_app` takes the workspace and a mode, and returns the exit code."""

    run_app: Callable[[Path, str], int]
    present: Callable[[Project], None]


def app_launcher() -> AppLauncher:
    """Returns the launcher that `tui.main` stored in the current command's context."""
    launcher = click.get_current_context().meta[KEY]
    assert isinstance(launcher, AppLauncher)
    return launcher
