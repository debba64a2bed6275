"""Finds the learner's editor and builds the command that opens a file in it."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# Editors that open a window, so that the app stays on the screen.
WINDOWS = {
    "code", "code-insiders", "codium", "vscodium", "cursor", "windsurf", "zed", "zeditor", "subl", "sublime_text",
    "atom", "gedit", "gnome-text-editor", "kate", "kwrite", "mousepad", "pluma", "xed", "geany", "gvim", "mvim",
    "mate", "bbedit", "idea", "pycharm", "charm", "notepad", "notepad++", "open", "xdg-open", "wslview", "start",
}  # fmt: skip
# Editors that accept "+LINE" before the file.
PLUS_LINE = {"vi", "vim", "nvim", "nano", "emacs", "emacsclient", "micro", "kak", "joe", "ne", "gvim", "mg"}
# Without a choice of the learner's, the editors that show their keys come first.
TERMINAL = ("nano", "micro", "nvim", "vim", "vi", "hx", "emacs")
SAVE_AND_LEAVE = {
    "vi": "i to write; Esc, then :wq to save and leave.",
    "vim": "i to write; Esc, then :wq to save and leave.",
    "nvim": "i to write; Esc, then :wq to save and leave.",
    "nano": "Ctrl-O saves, Ctrl-X leaves.",
    "emacs": "Ctrl-X Ctrl-S saves, Ctrl-X Ctrl-C leaves.",
}
GRAPHICAL = ("code", "codium", "cursor", "zed", "subl", "gedit", "gnome-text-editor", "kate")


@dataclass(frozen=True)
class Editor:
    """An editor's command; `window` says that it opens a window instead of using the terminal."""

    command: tuple[str, ...]
    window: bool

    @property
    def name(self) -> str:
        """The name to show."""
        name = _name(self.command[0])
        return {"open": "your editor", "xdg-open": "your editor", "wslview": "your editor"}.get(name, name)

    def arguments(self, path: Path, line: int | None = None) -> list[str]:
        """The command that opens a file, at a line if the editor supports it."""
        line_option = [f"+{line}"] if line and _name(self.command[0]) in PLUS_LINE else []
        if self.window:
            # The app does not wait until the window is closed.
            command = [part for part in self.command if part not in ("-w", "--wait", "-W")]
            return [*command, *line_option, str(path)]
        return [*self.command, *line_option, str(path)]


def find_editor(chosen: str | None = None, environ: Mapping[str, str] = os.environ) -> Editor | None:
    """Returns the editor from the settings, else $VISUAL, else $EDITOR, else the first known one that is installed."""
    for command in (chosen, environ.get("VISUAL"), environ.get("EDITOR")):
        if command and command.strip():
            return _editor(command)
    path = environ.get("PATH")
    for name in TERMINAL:
        if shutil.which(name, path=path):
            return Editor((name,), window=False)
    if not _has_display(environ):
        return None
    for name in GRAPHICAL:
        if shutil.which(name, path=path):
            return Editor((name,), window=True)
    opener = ("open", "-t") if sys.platform == "darwin" else ("notepad",) if os.name == "nt" else ("xdg-open",)
    return Editor(opener, window=True) if shutil.which(opener[0], path=path) else None


def _editor(command: str) -> Editor:
    try:
        parts = tuple(shlex.split(command, posix=os.name != "nt"))
    except ValueError:
        parts = (command,)
    parts = parts or (command,)
    terminal_option = any(part in ("-nw", "-t", "--tty") for part in parts) and _name(parts[0]) != "open"
    return Editor(parts, window=_name(parts[0]) in WINDOWS and not terminal_option)


def _name(program: str) -> str:
    name = os.path.basename(program).lower()
    return name.removesuffix(".exe").removesuffix(".cmd")


def _has_display(environ: Mapping[str, str]) -> bool:
    if sys.platform == "darwin" or os.name == "nt":
        return True
    return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))
