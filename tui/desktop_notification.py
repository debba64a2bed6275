"""Notifications outside the app: the terminal's bell, an escape sequence of the terminal, or the desktop's program."""

from __future__ import annotations

import asyncio
import html
import os
import shutil
from collections.abc import Callable, Mapping, Sequence

from tui.formatting import clean

TITLE = "fromscratch"
MAX_TEXT = 200  # characters
INTERVAL = 10.0  # seconds between two notifications
TIMEOUT = 10.0  # seconds, for the desktop's program
OSASCRIPT = "on run argv\ndisplay notification (item 2 of argv) with title (item 1 of argv)\nend run"


def one_line(text: str) -> str:
    """Returns a text without control characters, on one line of at most MAX_TEXT characters."""
    line = " ".join(clean(text).split())
    return line if len(line) <= MAX_TEXT else f"{line[: MAX_TEXT - 1]}…"


def terminal_sequence(text: str, environ: Mapping[str, str] = os.environ) -> str:
    """Returns the escape sequence with which a terminal shows a notification: OSC 777 for those that know it best
    (urxvt, foot, VTE), else OSC 9; inside tmux, in its envelope for the terminal outside (`allow-passthrough on`)."""
    line, term = one_line(text), environ.get("TERM", "")
    if environ.get("VTE_VERSION") or term.startswith(("rxvt", "foot")):
        sequence = f"\x1b]777;notify;{TITLE};{line.replace(';', ',')}\x07"
    else:
        sequence = f"\x1b]9;{TITLE}: {line}\x07"  # the title first: some terminals read "4;" as a progress bar
    if environ.get("TMUX"):
        return f"\x1bPtmux;{sequence.replace(chr(27), chr(27) * 2)}\x1b\\"
    return sequence


def desktop_command(text: str, which: Callable[[str], str | None] = shutil.which) -> list[str] | None:
    """Returns the command that shows a notification on the desktop, None if no known program is installed. The text is
    an argument, never code or markup."""
    line = one_line(text)
    if (program := which("notify-send")) is not None:
        return [program, "--app-name", TITLE, "--", TITLE, html.escape(line, quote=False)]
    if (program := which("osascript")) is not None:
        return [program, "-e", OSASCRIPT, TITLE, line]
    return None


async def run_desktop_command(command: Sequence[str]) -> bool:
    """Returns whether the program has shown the notification."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
    except OSError:
        return False
    try:
        async with asyncio.timeout(TIMEOUT):
            return await process.wait() == 0
    except TimeoutError:
        process.kill()
        await process.wait()
        return False


class NotificationLimit:
    """Lets through at most one notification in INTERVAL seconds, and counts those that it holds back."""

    def __init__(self) -> None:
        self.held = 0
        self._last = -INTERVAL

    def wait(self, now: float) -> float:
        """Returns the seconds until the next notification may be sent."""
        return max(0.0, self._last + INTERVAL - now)

    def offer(self, text: str, count: int, now: float) -> str | None:
        """Returns the text to send now, about `count` entries; None if it is too early, then they are held back."""
        if self.wait(now) > 0:
            self.held += count
            return None
        self._last = now
        return text

    def release(self, now: float) -> str | None:
        """Returns one text for everything that was held back, once it may be sent."""
        if not self.held or self.wait(now) > 0:
            return None
        text = "1 more item for you" if self.held == 1 else f"{self.held} more items for you"
        self.held, self._last = 0, now
        return text
