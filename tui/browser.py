"""Opens links in a graphical browser."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping

# Text browsers would draw over the app.
TEXT_BROWSERS = {"lynx", "links", "links2", "elinks", "w3m", "www-browser", "browsh"}
OPENERS = ("xdg-open", "wslview", "firefox", "chromium", "google-chrome")


def find_opener(environ: Mapping[str, str] = os.environ) -> list[str] | None:
    """Returns the command that opens a link outside the terminal, or None if this machine has none."""
    chosen = shlex.split(environ.get("BROWSER", "").split(os.pathsep)[0])
    if chosen:
        path = shutil.which(chosen[0], path=environ.get("PATH"))
        return [path, *chosen[1:]] if path and os.path.basename(path) not in TEXT_BROWSERS else None
    if sys.platform == "darwin":
        return None if environ.get("SSH_CONNECTION") else ["open"]
    if os.name == "nt":
        return ["cmd", "/c", "start", ""]
    if not (environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY") or environ.get("WSL_DISTRO_NAME")):
        return None
    paths = (shutil.which(name, path=environ.get("PATH")) for name in OPENERS)
    return next(([path] for path in paths if path), None)


def open_link(url: str) -> bool:
    """Opens a link and returns whether that worked."""
    command = find_opener()
    if command is None:
        return False
    try:
        # The browser's output would overwrite the screen.
        subprocess.Popen(
            [*command, url],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return False
    return True
