"""What a learner has chosen about the program itself, in settings.json in the platform's config folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec
import platformdirs

from exercises.course import month_label
from learner import files
from learner.errors import SettingsError, explain
from learner.source_file import read_file

__all__ = ["Loaded", "Settings", "SettingsError", "load_settings", "save_settings", "settings_path"]


class Settings(msgspec.Struct, frozen=True, omit_defaults=True):
    """`theme`: a Textual theme. `editor`: a command line, else $VISUAL or $EDITOR is used.

    `start`: the cohort's first month as "YYYY-MM", else the course's own. `audience`: whose materials are
    shown; "beginners" sees all of them. `hand_in`: whether what passes goes to one's study group by itself.
    """

    theme: str | None = None
    editor: str | None = None
    start: str | None = None
    audience: Literal["all", "beginners"] = "beginners"
    hand_in: Literal["ask", "yes", "no"] = "ask"

    def __post_init__(self) -> None:
        if self.start is not None:
            month_label(self.start, 0)  # raises ValueError
        if self.editor is not None and not self.editor.isprintable():
            raise ValueError("the editor's command has a character that cannot be typed")


@dataclass(frozen=True)
class Loaded:
    """The settings, and a message if they could not be read."""

    settings: Settings
    message: str | None = None


def settings_path(environ: Mapping[str, str] = os.environ) -> Path:
    """Where settings are stored: in FROMSCRATCH_CONFIG, else in the platform's config folder."""
    folder = environ.get("FROMSCRATCH_CONFIG")
    return (Path(folder) if folder else platformdirs.user_config_path("fromscratch", False)) / "settings.json"


def load_settings(path: Path | None = None) -> Loaded:
    """Reads the settings. What cannot be read is kept aside, the defaults hold, and a message says so."""
    path = path or settings_path()
    try:
        return Loaded(msgspec.json.decode(read_file(path, SettingsError), type=Settings))
    except SettingsError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return Loaded(Settings())
        return Loaded(Settings(), f"Settings could not be read, so the defaults hold. {error}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        try:
            kept = files.move_aside(path, path.parent, datetime.now())
        except OSError as failure:
            return Loaded(Settings(), f"{path} is broken ({error}), so the defaults hold. {explain(failure, path)}")
        says = f"{path} could not be read ({error}). It is kept as {kept.name}, and the defaults hold."
        return Loaded(Settings(), says)


def save_settings(settings: Settings, path: Path | None = None) -> None:
    """Stores the settings, whole or not at all; raises SettingsError."""
    path = path or settings_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        files.overwrite(path, msgspec.json.format(msgspec.json.encode(settings)) + b"\n")
    except OSError as error:
        raise SettingsError(f"Settings could not be stored. {explain(error, path)}") from error
