"""Says, once at the start and then in Help, what does not keep a learner's code in on this machine."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from engine.client import EngineError
from grader.check import GraderError, sandbox_report

if TYPE_CHECKING:
    from tui.app import FromScratchApp

LATER = 8.0  # seconds after the engine is warm, which by then has tried all layers while it had nothing else to do


async def look(app: FromScratchApp) -> None:
    """Asks the engine, and tells if a layer does not hold."""
    await asyncio.sleep(LATER)
    try:
        found = await sandbox_report(app.grader.engine)
    except (EngineError, GraderError):  # a check will say what is wrong
        return
    app.failed_layers = [layer["says"] for layer in found["layers"] if not layer["holds"]]
    if app.failed_layers:
        app.notify(f"{app.failed_layers[0]} More in Help.", title="Isolation", markup=False, timeout=15)
