"""A sandbox layer that does not work is reported once after the first paint, and listed in Help."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from grader.check import Grader
from tests.support.tui import screen_text
from tui import failed_layers
from tui.app import FromScratchApp

SAYS = "Landlock: this system does not offer it, so a check could read what you can."


@pytest.mark.parametrize("holds", [True, False])
async def test_failed_layers_are_reported(
    root: Path, grader: Grader, monkeypatch: pytest.MonkeyPatch, holds: bool
) -> None:
    async def report(engine: Any) -> dict[str, Any]:
        layers = [{"layer": "limits", "holds": True, "says": "Limits"}]
        return {"layers": [*layers, {"layer": "landlock", "holds": holds, "says": SAYS}]}

    monkeypatch.setattr("grader.check.sandbox_report", report)
    monkeypatch.setattr(failed_layers, "DELAY", 0)
    app = FromScratchApp(root, grader=grader)
    async with app.run_test(size=(120, 40)) as pilot:
        await failed_layers.report_failed_layers(app)
        await pilot.pause()
        messages = [notification.message for notification in app._notifications]
        assert [message for message in messages if SAYS in message] == ([] if holds else [f"{SAYS} See Help for more."])
        await app.switch_mode("help")
        await pilot.pause()
        assert ("Landlock" in screen_text(app)) is not holds
