"""Tests three people in three terminals over loopback TLS, with a hub that is killed in between."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from exercises.load import load_course
from tests.support import solutions
from tests.support.terminal import Terminal
from tests.support.waiting import wait_until

REPOSITORY = Path(__file__).parents[2]
PEOPLE = ("Ana", "Ben", "Cy")
WRONG = solutions.SOFTMAX.replace("dim=dim", "dim=0")


class Hub:
    """Runs `fromscratch host` in a process."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder, self.environment, self.port = folder, environment, "0"
        self.log = folder / "hub.log"
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "tui", "host", "--port", self.port, "--data", str(self.folder / "hub")]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, "--title", "Study group", "--invite", "2"],
                env=os.environ | self.environment, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        wait_until(lambda: "Ctrl-C stops the hub" in self.log.read_text(), "the hub listens")
        self.port = re.findall(r"wss://127\.0\.0\.1:(\d+)", self.log.read_text())[0]

    def invites(self) -> list[str]:
        return re.findall(r"fromscratch\+join:\w+", self.log.read_text())

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class Panes:
    """A terminal with a pane for each person."""

    def __init__(self, folder: Path, environment: dict[str, str], invites: dict[str, str]) -> None:
        self.terminal = Terminal(folder, 120, 112)
        self.numbers = {}
        for name in PEOPLE:
            own = {
                "FROMSCRATCH_CONFIG": str(folder / name / "config"),
                "FROMSCRATCH_DATA": str(folder / name / "data"),
                "FROMSCRATCH_WORKSPACE": str(folder / name / "work"),
            }
            self.numbers[name] = self.terminal.open("join", "--name", name, invites[name], **(environment | own))

    def press(self, name: str, *keys: str, shows: str = "") -> None:
        """Presses keys, then waits for the expected text if given."""
        self.terminal.press(*keys, pane=self.numbers[name])
        if shows:
            self.shows(name, shows)

    def type(self, name: str, text: str) -> None:
        self.terminal.type(text, self.numbers[name])

    def shows(self, name: str, text: str) -> str:
        return self.terminal.shows(text, self.numbers[name])

    def shows_once(self, name: str, text: str) -> None:
        screen = partial(self.terminal.screen, self.numbers[name])
        wait_until(lambda: screen().count(text) == 1, f"{name} sees {text!r} once", details=screen)

    def hides(self, name: str, text: str) -> None:
        self.terminal.hides(text, self.numbers[name])

    def leave_the_line(self, name: str) -> None:
        """Moves the focus from the input to the messages.

        Waiting is necessary: a terminal reads Escape and a letter that follows at once as one key.
        """
        self.press(name, "Escape", shows="w Write")

    def says(self, name: str, text: str) -> None:
        """Writes a message and waits until everyone's timeline shows it."""
        if "w Write" in self.terminal.screen(self.numbers[name]):
            self.press(name, "w")
            self.hides(name, "w Write")
        self.type(name, text)
        self.press(name, "Enter")
        for each in PEOPLE:
            self.shows(each, text)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {
        "HOME": str(tmp_path),
        "FROMSCRATCH_CONFIG": str(tmp_path / "config"),
        "FROMSCRATCH_DATA": str(tmp_path / "data"),
        "FROMSCRATCH_POLL": "0.2",
        "PYTHONPATH": os.pathsep.join([str(REPOSITORY), os.environ.get("PYTHONPATH", "")]),
    }


@pytest.fixture
def hub(tmp_path: Path, environment: dict[str, str]) -> Iterator[Hub]:
    hub = Hub(tmp_path, environment)
    yield hub
    hub.process.terminate()
    hub.process.wait()


@pytest.fixture
def panes(tmp_path: Path, environment: dict[str, str], hub: Hub) -> Iterator[Panes]:
    own, members = hub.invites()
    panes = Panes(tmp_path, environment, {"Ana": own, "Ben": members, "Cy": members})
    yield panes
    panes.terminal.close()


def softmax(folder: Path, name: str) -> Path:
    return next((folder / name / "work").rglob("stable_softmax.py"))


@pytest.mark.timeout(240)
def test_three_members(panes: Panes, hub: Hub, tmp_path: Path) -> None:
    for name in PEOPLE:
        panes.shows(name, "6 Help")
        panes.press(name, "5")
    for name in PEOPLE:
        panes.shows(name, "Here (3)")
        panes.press(name, "p")
        panes.hides(name, "w Write")
        panes.press(name, "Down")
        panes.press(name, "Enter", shows="▸ Introduction")  # the room of the first month
    # chat
    panes.says("Ana", "Hello from Ana")
    panes.says("Ben", "Hello from Ben")
    # each other's verdicts
    for name, source in (("Ben", solutions.SOFTMAX), ("Cy", WRONG)):
        panes.press(name, "F2", shows=load_course().exercises[0].title)
        softmax(tmp_path, name).write_text(source)
    panes.shows("Ben", "Hand in Stable softmax?")
    panes.press("Ben", "a")
    panes.shows("Cy", "Not passed yet")
    panes.press("Cy", "C-u")
    panes.shows("Ana", "Ben passed stable-softmax")
    panes.shows("Ana", "Cy tried stable-softmax")
    for name in ("Ben", "Cy"):
        panes.press(name, "5", shows="Write a message")
    # a timer
    panes.leave_the_line("Ana")
    panes.press("Ana", "f", shows="Minutes of focus")
    panes.press("Ana", "Enter")
    for name in PEOPLE:
        panes.shows(name, "focus 1/4")
    # a review
    panes.shows("Cy", "w Write")
    panes.press("Cy", "v", shows="Request")
    panes.press("Cy", "a", shows="Request a review of")
    panes.press("Cy", "Enter", shows="Where are you stuck")
    panes.type("Cy", "Which dimension?")
    panes.press("Cy", "C-s")
    panes.leave_the_line("Ben")
    panes.press("Ben", "v", shows="Which dimension?")
    panes.press("Ben", "Enter", shows="import torch")
    panes.press("Ben", "c", shows="Line 1")
    panes.type("Ben", "The one you are given.")
    panes.press("Ben", "C-s", shows="Ben: The one you are given.")
    panes.press("Ben", "Escape", shows="Request")
    panes.shows("Cy", "1 comment")
    # the hub is killed, and people write on
    hub.kill()
    for name in PEOPLE:
        panes.shows(name, "offline")
    panes.press("Ana", "w", shows="Leave")
    panes.type("Ana", "Written while it was away")
    panes.press("Ana", "Enter", shows="offline: 1 waiting")
    hub.start()
    for name in PEOPLE:
        panes.shows(name, "● online")
    # an input that breaks it
    panes.press("Ben", "k", shows="no attempts yet")
    panes.shows("Ben", "Cy")
    panes.press("Ben", "Enter", shows="Break Cy's stable-softmax")
    panes.press("Ben", "C-r", shows="Broken! The smallest input that breaks it:")
    panes.press("Ben", "Escape")
    # a meeting
    panes.leave_the_line("Ana")
    panes.press("Ana", "m", shows="No meeting is planned")
    panes.press("Ana", "o", shows="Plan meetings")
    panes.press("Ana", "C-s", shows="nobody yet; press y")
    panes.press("Cy", "m", shows="nobody yet; press y")
    panes.press("Cy", "y")
    panes.shows("Ana", "Presenter  Cy")
    panes.press("Ana", "s")
    panes.shows("Cy", "in progress")
    # all that was acknowledged is there, once
    for name in PEOPLE:
        panes.press(name, "c", shows="Write a message")
        for words in ("Hello from Ana", "Hello from Ben", "Written while it was away", "Ben passed stable-softmax"):
            panes.shows_once(name, words)
        panes.shows(name, "w Write")
        panes.press(name, "q", shows="exited with 0")
