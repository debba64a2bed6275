"""`fromscratch serve` in a process, and the terminal that a real Chromium shows."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import Page

from engine.reap import descendants
from tests.support.processes import alive
from tests.support.waiting import TIMEOUT, wait_until

# The page's terminal is no global, so this script catches it when it receives its core.
CATCH_TERMINAL = """
Object.defineProperty(Object.prototype, "_core", {configurable: true, set(core) {
  Object.defineProperty(this, "_core", {value: core, writable: true, configurable: true});
  if ("buffer" in this && "paste" in this) window.caught = this;
}});
"""
LINES = """() => !window.caught ? [] : Array.from({length: caught.rows},
  (_, y) => caught.buffer.active.getLine(y)?.translateToString(true) ?? "")"""


class AppServer:
    """A running `fromscratch serve`, and the output that it printed at its start."""

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
        self.output = ""
        while "Ctrl-C" not in self.output:
            line = self.process.stdout.readline()
            assert line, f"The server ended; its output:\n{self.output}"
            self.output += line
        match = re.search(r"https?://\S+", self.output)
        assert match
        self.url = match[0]
        self.base, _, self.token = self.url.partition("/?token=")
        self.host = urlsplit(self.base).netloc
        if "listens at" in self.output:
            self.host = urlsplit(self.output.partition("listens at ")[2].split()[0].rstrip(".")).netloc

    def get(self, path: str, **headers: str) -> tuple[int, str, http.client.HTTPMessage]:
        """The status, text and headers of a response; redirects are not followed."""
        connection = http.client.HTTPConnection(self.host, timeout=TIMEOUT)
        connection.request("GET", path, headers=headers)
        with connection.getresponse() as response:
            return response.status, response.read().decode(errors="replace"), response.headers

    def cookie(self) -> str:
        """The cookie that a browser sends after its first visit."""
        return self.get(f"/?token={self.token}")[2]["Set-Cookie"].partition(";")[0]

    def descendants(self) -> list[int]:
        """The server's descendant processes that run."""
        return alive(descendants(self.process.pid))

    def close(self) -> None:
        """Stops the server as Ctrl-C does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.process.wait(TIMEOUT)
        assert self.process.stdout is not None
        self.process.stdout.close()


def lines_of(page: Page) -> list[str]:
    """The lines that the page's terminal shows."""
    lines: list[str] = page.evaluate(LINES)
    return lines


def wait_until_shown(page: Page, text: str) -> None:
    """Waits until the page's terminal shows a text."""
    page.wait_for_selector("body.-first-byte")
    wait_until(
        lambda: any(text in line for line in lines_of(page)),
        f"the page shows {text!r}",
        details=lambda: "The page shows:\n" + "\n".join(lines_of(page)),
    )


def is_drawn(page: Page, text: str) -> bool:
    """Whether a screenshot of the page has letters where the terminal has this text."""
    lines = lines_of(page)
    row = next((y for y, line in enumerate(lines) if text in line), None)
    box = page.locator(".xterm-screen").bounding_box()
    if row is None or box is None:
        return False
    height, width = box["height"] / len(lines), box["width"] / page.evaluate("() => caught.cols")
    left, top = box["x"] + lines[row].index(text) * width, box["y"] + row * height
    picture = Image.open(BytesIO(page.screenshot())).convert("L")
    shades = picture.crop((int(left), int(top), int(left + len(text) * width), int(top + height))).histogram()
    # Antialiased letters have many shades, and most of a line is background.
    return sum(map(bool, shades)) > 16 and 0.4 < max(shades) / sum(shades) < 0.95
