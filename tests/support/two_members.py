"""The app of one member, and a second member whose client speaks the protocol directly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from textual.pilot import Pilot

from tests.support.hub import HubServer, Peer
from tests.support.tui import screen_text, until, widget_text
from tui.app import FromScratchApp


@dataclass
class Two:
    """The app of Ben, and Ana, whose client speaks the protocol directly."""

    pilot: Pilot[Any]
    ana: Peer
    server: HubServer

    @property
    def app(self) -> FromScratchApp:
        app = self.pilot.app
        assert isinstance(app, FromScratchApp)
        return app

    async def until(self, words: str, selector: str = "") -> None:
        """Waits until the screen, or a widget, shows a text."""
        await until(
            self.pilot, lambda: words in (widget_text(self.app, selector) if selector else screen_text(self.app)), words
        )
