"""A real server, and what a real Chromium shows of it."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import Page

# The terminal in the page is no global: it is met when it is given its core.
CATCH = """
Object.defineProperty(Object.prototype, "_core", {configurable: true, set(core) {
  Object.defineProperty(this, "_core", {value: core, writable: true, configurable: true});
  if ("buffer" in this && "paste" in this) window.caught = this;
}});
"""
LINES = """() => !window.caught ? [] : Array.from({length: caught.rows},
  (_, y) => caught.buffer.active.getLine(y)?.translateToString(true) ?? "")"""


def until(condition: Callable[[], object], what: str, seconds: float = 40) -> None:
    """Waits for something to be so."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.05)


class Served:
    """`fromscratch serve` in a process, with what it printed."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.workspace = folder / "fromscratch"
        environment = os.environ | {
            "HOME": str(folder),
            "FROMSCRATCH_CONFIG": str(folder / "config"),
            "FROMSCRATCH_DATA": str(folder / "data"),
            "VISUAL": "vim",
            "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]),
        }
        command = [sys.executable, "-m", "tui", "--workspace", str(self.workspace), "serve", "--port", "0", *options]
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.printed = ""
        while "Ctrl-C" not in self.printed:
            line = self.process.stdout.readline()
            assert line, f"the server ended; it said:\n{self.printed}"
            self.printed += line
        found = re.search(r"https?://\S+", self.printed)
        assert found
        self.invitation = found[0]
        self.base, _, self.token = self.invitation.partition("/?token=")
        self.host = urlsplit(self.base).netloc
        if "listens at" in self.printed:
            self.host = urlsplit(self.printed.partition("listens at ")[2].split()[0].rstrip(".")).netloc

    def get(self, path: str, **headers: str) -> tuple[int, str, http.client.HTTPMessage]:
        """Status, text and headers of an answer, without following where it leads."""
        connection = http.client.HTTPConnection(self.host, timeout=30)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        found = answer.status, answer.read().decode(errors="replace"), answer.headers
        connection.close()
        return found

    def cookie(self) -> str:
        """What a browser sends after its first visit."""
        return self.get(f"/?token={self.token}")[2]["Set-Cookie"].partition(";")[0]

    def descendants(self) -> set[int]:
        """Every living process that comes from this server."""
        parents = _processes()
        found: set[int] = set()
        ring = {self.process.pid}
        while ring := {pid for pid, parent in parents.items() if parent in ring} - found:
            found |= ring
        return found

    def close(self) -> None:
        """As Ctrl-C does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.process.wait(40)
        assert self.process.stdout is not None
        self.process.stdout.close()


def living(some: set[int]) -> set[int]:
    """Those of some processes that have not ended."""
    return some & _processes().keys()


def _processes() -> dict[int, int]:
    """Every process and its parent, but for those that have ended and wait to be noticed."""
    table = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat="], check=True, capture_output=True, text=True).stdout
    rows = (line.split() for line in table.splitlines())
    return {int(pid): int(parent) for pid, parent, state in rows if not state.startswith("Z")}


def lines_of(page: Page) -> list[str]:
    """What the page's terminal shows."""
    lines: list[str] = page.evaluate(LINES)
    return lines


def shows(page: Page, words: str) -> None:
    """Waits until the page's terminal shows some words."""
    page.wait_for_selector("body.-first-byte")
    try:
        until(lambda: any(words in line for line in lines_of(page)), repr(words))
    except AssertionError as error:
        raise AssertionError(f"{error}; the page shows:\n" + "\n".join(lines_of(page))) from None


def drawn(page: Page, words: str) -> bool:
    """Whether there are letters in the picture where the terminal has these words."""
    lines = lines_of(page)
    row = next((y for y, line in enumerate(lines) if words in line), None)
    box = page.locator(".xterm-screen").bounding_box()
    if row is None or box is None:
        return False
    high, wide = box["height"] / len(lines), box["width"] / page.evaluate("() => caught.cols")
    left, top = box["x"] + lines[row].index(words) * wide, box["y"] + row * high
    picture = Image.open(BytesIO(page.screenshot())).convert("L")
    shades = picture.crop((int(left), int(top), int(left + len(words) * wide), int(top + high))).histogram()
    # Smoothed letters have many shades; most of a line is still what it is written on.
    return sum(map(bool, shades)) > 16 and 0.4 < max(shades) / sum(shades) < 0.95
