"""Benchmarks how soon the app answers a key while a model generates, and while training runs on all cores too.

The app runs in a real pseudo-terminal. Each key is a letter that was not on the screen before, typed into the prompt;
it is answered when the app writes that letter to the terminal.
"""

from __future__ import annotations

import fcntl
import math
import os
import pty
import random
import re
import select
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import fromscratch
from playground import store

BOUND = 0.050  # seconds, for the 99th percentile
KEYS = 200
PAUSES = (0.03, 0.15)  # seconds between an answer and the next key
START_TIMEOUT = 120.0
SIZE = (120, 40)
ENDS = (" · ended".encode(), " · max tokens".encode())
PROMPT = "Write a long story about a lighthouse keeper and a whale."
# Letters that no model of English writes; the app must not redraw an earlier one as if it were the key's
LETTERS = [chr(code) for code in (*range(0x0410, 0x0450), *range(0xAC00, 0xB000))]
TRAINING = ("--size", "small", "--steps", "100000", "--threads", str(os.cpu_count()))
APP = """
import sys
from pathlib import Path
from tui.app import FromScratchApp
FromScratchApp(Path(sys.argv[1]), model=Path(sys.argv[2]) if sys.argv[2] else None).run()
"""


class TerminalApp:
    """The app in a pseudo-terminal."""

    def __init__(self, workspace: Path, environment: dict[str, str], model: Path | None) -> None:
        self.fd, app_end = pty.openpty()
        fcntl.ioctl(app_end, termios.TIOCSWINSZ, struct.pack("HHHH", SIZE[1], SIZE[0], 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-c", APP, str(workspace), str(model or "")], cwd=fromscratch.ROOT,
            stdin=app_end, stdout=app_end, stderr=app_end, env=environment, start_new_session=True,
        )  # fmt: skip
        os.close(app_end)
        self.seen = b""

    def press(self, keys: str) -> None:
        os.write(self.fd, keys.encode())

    def wait_for(self, *texts: bytes, timeout: float) -> bool:
        """Reads output until one of the texts arrives; forgets what came before the call."""
        self.seen = b""
        deadline = time.monotonic() + timeout
        while not any(text in self.seen for text in texts):
            self.read(deadline - time.monotonic())
            if time.monotonic() > deadline:
                return False
        return True

    def read(self, timeout: float) -> None:
        if select.select([self.fd], [], [], max(0.0, timeout))[0]:
            self.seen += os.read(self.fd, 2**16)

    def expect(self, *texts: bytes) -> None:
        if not self.wait_for(*texts, timeout=START_TIMEOUT):
            screen = re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]", b" ", self.seen).decode(errors="replace")
            raise RuntimeError(f"The app did not show {texts[0].decode()!r}; it wrote: {screen[:3000]}")

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.fd)


def run() -> list[tuple[str, str, str]]:
    """Rows: the time from a key to its answer, alone, while a model generates, and while training runs as well."""
    letters = iter(LETTERS)
    smollm2 = store.add("smollm2")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with playground(folder, None) as app:
            rest = measure(app, letters, generates=False)
            pocket = measure(app, letters, generates=True)
        with playground(folder, smollm2) as app:
            generating = measure(app, letters, generates=True)
            with training(folder):
                both = measure(app, letters, generates=True)
    return [
        row("an app at rest", rest),
        row("pocket generates", pocket),
        row("smollm2 generates", generating),
        row(f"smollm2 generates and `fromscratch train` runs on {os.cpu_count()} cores", both),
    ]


@contextmanager
def playground(folder: Path, model: Path | None) -> Iterator[TerminalApp]:
    """The app with the Playground open, with this model or with pocket."""
    environment = os.environ | {"FROMSCRATCH_CONFIG": str(folder / "config"), "TERM": "xterm-256color",
                                "COLORTERM": "truecolor", "EDITOR": "vi"}  # fmt: skip
    workspace = folder / "workspace"
    workspace.mkdir(exist_ok=True)
    app = TerminalApp(workspace, environment, model)
    try:
        open_playground(app)
        yield app
    finally:
        app.close()


def open_playground(app: TerminalApp) -> None:
    app.expect(b"Playground")
    app.press("3")
    app.expect(b"ype a prompt")
    app.expect(b"parts:")


@contextmanager
def training(folder: Path) -> Iterator[None]:
    """Trains a small model on all cores meanwhile."""
    text = folder / "text.txt"
    text.write_text("\n".join(f"The keeper of light {n} saw {n * 7} whales pass in the night." for n in range(60_000)))
    command = [sys.executable, "-m", "tui", "train", *TRAINING, "--out", str(folder / "run"), str(text)]
    with subprocess.Popen(
        command, cwd=fromscratch.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    ) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if b"loss" in line:
                    break
            else:
                raise RuntimeError("The training did not start.")
            yield
        finally:
            process.terminate()
            process.stdout.read()


def measure(app: TerminalApp, letters: Iterator[str], generates: bool) -> list[float]:
    """Seconds from each of KEYS keys to its answer."""
    seconds: list[float] = []
    draw = random.Random(0)
    if generates:
        start_answer(app)
    while len(seconds) < KEYS:
        letter = next(letters)
        start = time.perf_counter()
        app.press(letter)
        if not app.wait_for(letter.encode(), timeout=5.0):
            raise RuntimeError("The app did not answer a key within 5 s.")
        seconds.append(time.perf_counter() - start)
        ended = any(end in app.seen for end in ENDS)
        until = time.monotonic() + draw.uniform(*PAUSES)
        while time.monotonic() < until:
            app.read(until - time.monotonic())
            ended = ended or any(end in app.seen for end in ENDS)
        if generates and ended:
            start_answer(app)
    return seconds


def start_answer(app: TerminalApp) -> None:
    # Textual handles a binding after the letters that arrive with it, so each of these waits for its effect.
    app.press("\x15")  # Ctrl-U empties the prompt
    app.expect(b"ype a prompt")
    app.press(f"\x1b[200~{PROMPT}\x1b[201~")  # pasted, so that it is drawn as a whole
    app.expect(b"whale.")
    app.press("\r")
    app.expect(b" tokens")


def row(situation: str, seconds: list[float]) -> tuple[str, str, str]:
    ordered = sorted(seconds)
    p99 = ordered[math.ceil(0.99 * len(ordered)) - 1]
    result = f"p50 {statistics.median(ordered) * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms"
    return f"key to answer: {situation}", result, f"{'within' if p99 <= BOUND else 'ABOVE'} {BOUND * 1000:.0f} ms (p99)"


if __name__ == "__main__":
    for line in run():
        print(" | ".join(line))
