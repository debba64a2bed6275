"""Benchmarks the time from the start of the process to the first paint, against a bare Textual app.

Each start is a new process. The app starts in an existing workspace, as it does for a returning learner. The headless
driver renders the same output as in a terminal but writes it nowhere.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 9
BARE = """
from textual.widgets import Footer, Static

class Bare(App):
    def compose(self):
        yield Static("hello", id="strip")
        yield Footer()

app = Bare()
"""
OURS = """
from pathlib import Path
from tui.app import FromScratchApp

app = FromScratchApp(Path(sys.argv[2]))
"""
MEASURE = """
import os, sys, time
started = float(sys.argv[1])
from textual.app import App
{app}
display = App._display

def timed(self, screen, renderable):
    display(self, screen, renderable)
    # An empty screen does not count: the line of text must be drawn.
    if any(str(strip.content) for strip in screen.query("#strip") if strip.size):
        print(time.time() - started, flush=True)
        os._exit(0)

App._display = timed
app.run(headless=True, size=(120, 40))
"""


def run() -> list[tuple[str, str, str]]:
    """Rows: the time to first paint of the app and of a bare Textual app, and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"FROMSCRATCH_CONFIG": str(Path(folder) / "config"), "EDITOR": "vi"}
        workspace = str(Path(folder) / "workspace")
        _create(workspace, environment)
        bare, ours = [], []
        for _ in range(ROUNDS):
            # The two alternate, so that other load on the machine slows both.
            bare.append(_first_paint(BARE, workspace, environment))
            ours.append(_first_paint(OURS, workspace, environment))
    bare_median, median, slowest = statistics.median(bare), statistics.median(ours), max(ours)
    return [
        ("first paint of the app, median", f"{median * 1000:.0f} ms", f"{median / bare_median:.2f} × bare Textual"),
        ("first paint of the app, slowest", f"{slowest * 1000:.0f} ms", f"{slowest / bare_median:.2f} × bare Textual"),
        ("first paint of a bare Textual app, median", f"{bare_median * 1000:.0f} ms", "1 ×"),
    ]


def _create(workspace: str, environment: dict[str, str]) -> None:
    code = (
        "import sys; from pathlib import Path; from tui.learner_context import LearnerContext; "
        "LearnerContext(Path(sys.argv[1])).create()"
    )
    subprocess.run([sys.executable, "-c", code, workspace], check=True, env=environment)


def _first_paint(app: str, workspace: str, environment: dict[str, str]) -> float:
    """Seconds from just before the process starts to its first paint."""
    code = MEASURE.format(app=app)
    completed = subprocess.run(
        [sys.executable, "-c", code, str(time.time()), workspace],  # a clock that both processes share
        check=True,
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
    )
    return float(completed.stdout.split()[-1])


if __name__ == "__main__":
    for row in run():
        print(" | ".join(row))
