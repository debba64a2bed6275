"""Opens a link in the learner's browser, where there is one that has a window of its own."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping

# Browsers for the terminal would draw over the app.
TEXT_BROWSERS = {"lynx", "links", "links2", "elinks", "w3m", "www-browser", "browsh"}
OPENERS = ("xdg-open", "wslview", "firefox", "chromium", "google-chrome")


def opener(environ: Mapping[str, str] = os.environ) -> list[str] | None:
    """The command that opens a link on this machine without taking the terminal; None where there is none."""
    chosen = shlex.split(environ.get("BROWSER", "").split(os.pathsep)[0])
    if chosen:
        found = shutil.which(chosen[0], path=environ.get("PATH"))
        return [found, *chosen[1:]] if found and os.path.basename(found) not in TEXT_BROWSERS else None
    if sys.platform == "darwin":
        return None if environ.get("SSH_CONNECTION") else ["open"]
    if os.name == "nt":
        return ["cmd", "/c", "start", ""]
    if not (environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY") or environ.get("WSL_DISTRO_NAME")):
        return None
    return next(([found] for name in OPENERS if (found := shutil.which(name, path=environ.get("PATH")))), None)


def open_link(url: str) -> bool:
    """Opens a link; False where that is not possible."""
    command = opener()
    if command is None:
        return False
    try:
        # What a browser prints must not land on the screen.
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
