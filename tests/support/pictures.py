"""Pictures of the app for snapshots."""

from __future__ import annotations

import re
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Input


async def drawn(pilot: Pilot[Any]) -> str:
    """Returns the screen as SVG once it is stable, without the generated number in its style names."""
    await pilot.pause(0.2)
    for field in pilot.app.screen.query(Input):
        field.cursor_blink = False
    last, same = "", 0
    while same < 2:
        await pilot.pause(0.12)
        now = re.sub(r"terminal-\d+", "terminal", pilot.app.export_screenshot())
        last, same = now, same + 1 if now == last else 0
    return last
