"""The real app, headless, in a process of its own: says as JSON lines on its standard output what its screen shows."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

import tui.app
from learner.workspace import WorkspaceError
from tui.app import FromScratchApp
from tui.checking import CheckState


class Told(FromScratchApp):
    """The app, telling what it shows."""

    CSS_PATH = Path(tui.app.__file__).with_name("app.tcss")

    def on_mount(self) -> None:
        super().on_mount()
        self.checker.changed.subscribe(self, self._tell)
        self.set_interval(0.05, self._tell_ready)
        self.was_ready = False

    def _tell(self, state: CheckState) -> None:
        if state.phase == "done" and state.verdict is not None:
            last = self.learner.last_attempt(state.exercise)
            say(
                shown=state.verdict.outcome,
                attempt=state.attempt,
                digest=hashlib.sha256(last.source).hexdigest() if last and state.attempt else "",
                message=state.message,
            )
        elif state.phase == "fault":
            say(fault=state.message)

    def _tell_ready(self) -> None:
        ready = self.grader.engine.ready.is_set() and "watch" in {worker.group for worker in self.workers}
        if ready != self.was_ready:
            self.was_ready = ready
            say(ready=ready, startup_errors=self.learner.startup_errors)

    async def _start(self) -> None:
        await super()._start()
        try:
            say(created=self.learner.workspace.root.is_dir(), startup_errors=self.learner.startup_errors)
        except WorkspaceError as error:
            say(fault=str(error))


def say(**words: Any) -> None:
    """One line in one write: a kill leaves it whole or not at all."""
    os.write(1, json.dumps(words).encode() + b"\n")


if __name__ == "__main__":
    say(started=os.getpid())
    Told(Path(sys.argv[1])).run(headless=True, size=(120, 40))
