"""A layer that does not hold here is told once, after the first picture, and stands in Help."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tui_helpers import text

from grader.check import Grader
from tui import failed_layers
from tui.app import FromScratchApp

SAYS = "Landlock: this system does not offer it, so a check could read what you can."


@pytest.mark.parametrize("holds", [True, False])
async def test_what_does_not_hold_is_told(
    root: Path, grader: Grader, monkeypatch: pytest.MonkeyPatch, holds: bool
) -> None:
    async def found(engine: Any) -> dict[str, Any]:
        layers = [{"layer": "limits", "holds": True, "says": "Limits"}]
        return {"layers": [*layers, {"layer": "landlock", "holds": holds, "says": SAYS}]}

    monkeypatch.setattr(failed_layers, "sandbox_report", found)
    monkeypatch.setattr(failed_layers, "LATER", 0)
    app = FromScratchApp(root, grader=grader)
    async with app.run_test(size=(120, 40)) as pilot:
        await failed_layers.look(app)
        await pilot.pause()
        told = [note.message for note in app._notifications]
        assert [message for message in told if SAYS in message] == ([] if holds else [f"{SAYS} More in Help."])
        await app.switch_mode("help")
        await pilot.pause()
        assert ("Landlock" in text(app)) is not holds
