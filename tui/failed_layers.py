"""Reports sandbox layers that do not work on this machine: once after the start, and in Help."""

from __future__ import annotations

import asyncio

from engine.errors import EngineError
from grader.errors import GraderError
from tui.app_types import CourseApp

DELAY = 8.0  # seconds after the engine is ready, by which time it has tested all layers while idle


async def report_failed_layers(app: CourseApp) -> None:
    """Queries the engine and notifies the learner if a layer does not work."""
    from grader.check import sandbox_report

    await asyncio.sleep(DELAY)
    try:
        report = await sandbox_report(app.grader.engine)
    except (EngineError, GraderError):  # the next check reports the error
        return
    app.failed_layers = [layer["says"] for layer in report["layers"] if not layer["holds"]]
    if app.failed_layers:
        app.notify(f"{app.failed_layers[0]} See Help for more.", title="Sandbox", markup=False, timeout=15)
