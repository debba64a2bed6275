"""Runs the real app headless and reports what its screen shows, as JSON lines on standard output."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

import tui.app
from tui.app import FromScratchApp
from tui.checking import CheckState


class ReportingApp(FromScratchApp):
    """The app; reports verdicts, readiness and startup errors."""

    CSS_PATH = Path(tui.app.__file__).with_name("app.tcss")

    def on_mount(self) -> None:
        super().on_mount()
        self.checker.changed.subscribe(self, self._report_check)
        self.set_interval(0.05, self._report_ready)
        self.was_ready = False

    def _report_check(self, state: CheckState) -> None:
        if state.phase == "done" and state.verdict is not None:
            last = self.learner.last_attempt(state.exercise)
            report(
                shown=state.verdict.outcome,
                attempt=state.attempt,
                digest=hashlib.sha256(last.source).hexdigest() if last and state.attempt else "",
                message=state.message,
            )
        elif state.phase == "fault":
            report(fault=state.message)

    def _report_ready(self) -> None:
        ready = self.grader.engine.ready.is_set() and "watch" in {worker.group for worker in self.workers}
        if ready != self.was_ready:
            self.was_ready = ready
            report(ready=ready, startup_errors=self.learner.startup_errors)


def report(**fields: Any) -> None:
    """Writes a report in one system call, so that a killed process never leaves half a line."""
    os.write(1, json.dumps(fields).encode() + b"\n")


if __name__ == "__main__":
    report(started=os.getpid())
    ReportingApp(Path(sys.argv[1])).run(headless=True, size=(120, 40))
