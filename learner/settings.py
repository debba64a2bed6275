"""The learner's settings of the program, stored in settings.json in the platform's configuration folder."""

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

__all__ = ["LoadedSettings", "Settings", "SettingsError", "load_settings", "save_settings", "settings_path"]

DEFAULTS_USED = "the default settings are used."


class Settings(msgspec.Struct, frozen=True, omit_defaults=True):
    """The settings.

    `theme` is a Textual theme. `editor` is a command line; the default is $VISUAL or $EDITOR. `start` is the first
    month of the learner's group as "YYYY-MM"; the default is the course's. `audience` selects the materials that
    are shown; "beginners" shows all of them. `hand_in` says whether code that passes is handed in automatically.
    `notify` says how news of the study group are announced outside the app. `parts` maps the playground's parts that
    are the learner's to the exercises that supply them.
    """

    theme: str | None = None
    editor: str | None = None
    start: str | None = None
    audience: Literal["all", "beginners"] = "beginners"
    hand_in: Literal["ask", "yes", "no"] = "ask"
    notify: Literal["off", "bell", "terminal", "desktop"] = "off"
    parts: dict[str, str] = {}

    def __post_init__(self) -> None:
        if self.start is not None:
            month_label(self.start, 0)  # raises ValueError
        if self.editor is not None and not self.editor.isprintable():
            raise ValueError("the editor's command contains a control character")


@dataclass(frozen=True)
class LoadedSettings:
    """The settings, and a message if they could not be read."""

    settings: Settings
    message: str | None = None


def settings_path(environ: Mapping[str, str] = os.environ) -> Path:
    """Returns the path of settings.json, in FROMSCRATCH_CONFIG or else in the platform's configuration folder."""
    folder = environ.get("FROMSCRATCH_CONFIG")
    return (Path(folder) if folder else platformdirs.user_config_path("fromscratch", False)) / "settings.json"


def load_settings(path: Path | None = None) -> LoadedSettings:
    """Reads the settings. If they are invalid, moves the file aside and returns the defaults with a message."""
    path = path or settings_path()
    try:
        return LoadedSettings(msgspec.json.decode(read_file(path, SettingsError), type=Settings))
    except SettingsError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return LoadedSettings(Settings())
        return LoadedSettings(Settings(), f"The settings could not be read; {DEFAULTS_USED} {error}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        invalid = f"{path} is not valid ({error});"
        try:
            copy = files.move_aside(path, path.parent, datetime.now())
        except OSError as move_error:
            return LoadedSettings(Settings(), f"{invalid} {DEFAULTS_USED} {explain(move_error, path)}")
        return LoadedSettings(Settings(), f"{invalid} {DEFAULTS_USED} The file was renamed to {copy.name}.")


def save_settings(settings: Settings, path: Path | None = None) -> None:
    """Stores the settings atomically. Raises SettingsError."""
    path = path or settings_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        files.overwrite(path, msgspec.json.format(msgspec.json.encode(settings)) + b"\n")
    except OSError as error:
        raise SettingsError(f"The settings could not be stored. {explain(error, path)}") from error
