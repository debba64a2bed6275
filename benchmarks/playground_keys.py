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
from playground.catalogue import POCKET

BOUND = 0.050  # seconds, for the 99th percentile
KEYS = 200
SECONDS = 20.0  # after which a slow machine answers no more keys in a situation
PAUSES = (0.02, 0.1)  # seconds between an answer and the next key
KEY_TIMEOUT = 5.0
STEP_TIMEOUT = 45.0
TRAINING_TIMEOUT = 120.0
TIMEOUT = 90.0  # for one situation; all take some 75 s on two idle cores
QUIET = 0.2  # seconds without output after which the app has drawn everything
SIZE = (120, 40)
SPEED = b"tokens/s"
ENDS = (" · ended".encode(), " · max tokens".encode())
REFUSALS = (b"still generating", b"not loaded")
PROMPT = "Write a long story about a lighthouse keeper and whale"
# Letters that no model of English writes; the app must not redraw an earlier one as if it were the key's
LETTERS = [chr(code) for code in (*range(0x0410, 0x0450), *range(0xAC00, 0xB000))]
TRAINING = ("--size", "small", "--steps", "100000", "--threads", str(os.cpu_count()))
APP = """
import sys
from pathlib import Path
from tui.app import FromScratchApp
FromScratchApp(Path(sys.argv[1]), model=Path(sys.argv[2])).run()
"""


class TerminalApp:
    """The app in a pseudo-terminal. Raises RuntimeError if the app is too slow, or the benchmark."""

    def __init__(self, workspace: Path, environment: dict[str, str], model: Path) -> None:
        self.fd, app_end = pty.openpty()
        fcntl.ioctl(app_end, termios.TIOCSWINSZ, struct.pack("HHHH", SIZE[1], SIZE[0], 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-c", APP, str(workspace), str(model)], cwd=fromscratch.ROOT,
            stdin=app_end, stdout=app_end, stderr=app_end, env=environment, start_new_session=True,
        )  # fmt: skip
        os.close(app_end)
        self.deadline = time.monotonic() + TIMEOUT
        self.output = bytearray()  # all that the app wrote
        self.prompts = 0

    def press(self, keys: str) -> int:
        """Sends keys; returns the length of the output before."""
        while self.read(0.0):
            pass
        os.write(self.fd, keys.encode())
        return len(self.output)

    def read(self, timeout: float) -> bool:
        """Reads what the app writes next; returns False if it writes nothing within `timeout` seconds."""
        if time.monotonic() > self.deadline:
            raise RuntimeError(f"The keys were not all answered within {TIMEOUT:.0f} s. {self.tail()}")
        if not select.select([self.fd], [], [], max(0.0, timeout))[0]:
            return False
        try:
            self.output += os.read(self.fd, 2**16)
        except OSError:  # the end of a pseudo-terminal
            raise RuntimeError(f"The app ended. {self.tail()}") from None
        return True

    def read_for(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.read(left)

    def wait_for(self, *texts: bytes, since: int, timeout: float = STEP_TIMEOUT) -> None:
        """Reads until the app has written one of the texts after the position `since` of its output."""
        until = time.monotonic() + timeout
        while all(self.output.find(text, since) < 0 for text in texts):
            if (left := until - time.monotonic()) <= 0:
                text = texts[0].decode()
                raise RuntimeError(f"The app did not show {text!r} within {timeout:.0f} s. {self.tail()}")
            self.read(left)

    def settle(self) -> None:
        """Reads until the app has drawn everything: a late drawing must not be taken for the answer to a key."""
        until = time.monotonic() + STEP_TIMEOUT
        while self.read(QUIET):
            if time.monotonic() > until:
                raise RuntimeError(f"The app did not stop drawing within {STEP_TIMEOUT:.0f} s. {self.tail()}")

    @property
    def is_generating(self) -> bool:
        """Whether the speed that was drawn last is that of an answer which has not ended."""
        position = self.output.rfind(SPEED)
        return position >= 0 and not any(self.output.find(end, position) >= 0 for end in ENDS)

    def tail(self) -> str:
        text = re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]|\s+", b" ", self.output[-20_000:]).decode(errors="replace")
        return f"It wrote last: {re.sub(' +', ' ', text)[-1000:]}"

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
        with playground(folder, POCKET.folder) as app:
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
def playground(folder: Path, model: Path) -> Iterator[TerminalApp]:
    """The app with the Playground open, with this model."""
    environment = os.environ | {"FROMSCRATCH_CONFIG": str(folder / "config"), "TERM": "xterm-256color",
                                "COLORTERM": "truecolor", "EDITOR": "vi"}  # fmt: skip
    workspace = folder / "workspace"
    workspace.mkdir(exist_ok=True)
    app = TerminalApp(workspace, environment, model)
    try:
        app.wait_for(b"Playground", since=0)
        app.settle()
        position = app.press("3")
        app.wait_for(b"parts:", since=position)
        app.settle()
        yield app
    finally:
        app.close()


@contextmanager
def training(folder: Path) -> Iterator[None]:
    """Trains a small model on all cores meanwhile."""
    text = folder / "text.txt"
    text.write_text("\n".join(f"The keeper of light {n} saw {n * 7} whales pass in the night." for n in range(20_000)))
    deadline = time.monotonic() + TRAINING_TIMEOUT
    command = [sys.executable, "-m", "tui", "train", *TRAINING, "--out", str(folder / "run"), str(text)]
    with subprocess.Popen(
        command, cwd=fromscratch.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    ) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if b"loss" in line:
                    break
                if time.monotonic() > deadline:
                    raise RuntimeError(f"The training did not start within {TRAINING_TIMEOUT:.0f} s.")
            else:
                raise RuntimeError("The training did not start.")
            yield
        finally:
            process.terminate()
            process.stdout.read()


def measure(app: TerminalApp, letters: Iterator[str], generates: bool) -> list[float]:
    """Seconds from each of KEYS keys to its answer, or of as many as SECONDS allow."""
    seconds: list[float] = []
    draw = random.Random(0)
    app.deadline = time.monotonic() + TIMEOUT
    until = time.monotonic() + SECONDS
    while len(seconds) < KEYS and time.monotonic() < until:
        if generates and not app.is_generating:
            start_answer(app)
        letter = next(letters)
        position = app.press(letter)
        start = time.perf_counter()
        app.wait_for(letter.encode(), since=position, timeout=KEY_TIMEOUT)
        seconds.append(time.perf_counter() - start)
        app.read_for(draw.uniform(*PAUSES))
    return seconds


def start_answer(app: TerminalApp) -> None:
    """Sends a prompt. Textual handles a binding after the letters that arrive with it, so each step waits for its
    effect."""
    app.settle()
    app.prompts += 1
    app.press("\x15")  # Ctrl-U empties the prompt
    app.settle()
    position = app.press(f"\x1b[200~{PROMPT} {app.prompts}.\x1b[201~")  # pasted, so that it is drawn as a whole
    app.wait_for(f"whale {app.prompts}.".encode(), since=position)
    position = app.press("\r")
    app.wait_for(SPEED, *REFUSALS, since=position)
    if any(app.output.find(refusal, position) >= 0 for refusal in REFUSALS):
        raise RuntimeError(f"The app refused a prompt. {app.tail()}")


def row(situation: str, seconds: list[float]) -> tuple[str, str, str]:
    ordered = sorted(seconds)
    p99 = ordered[math.ceil(0.99 * len(ordered)) - 1]
    result = f"p50 {statistics.median(ordered) * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms of {len(ordered)} keys"
    return f"key to answer: {situation}", result, f"{'within' if p99 <= BOUND else 'ABOVE'} {BOUND * 1000:.0f} ms (p99)"


if __name__ == "__main__":
    for line in run():
        print(" | ".join(line))
