"""The base class of the modes' screens."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from tui.app_types import CourseAppMixin
from tui.garbage import freeze_soon
from tui.widgets.footer import KeyBar, ModeBar

WIDE = 116
TOO_SMALL = "This window is too small.\nMake it at least 60 × 15."


class ModeScreen(CourseAppMixin, Screen[Any]):
    """A mode's screen: its body above the key bar and the mode bar, or a message if the terminal is too small."""

    MODE = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-narrow"), (WIDE, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (15, "-low"), (22, "-mid"), (32, "-high")]

    def compose(self) -> ComposeResult:
        yield Static(TOO_SMALL, id="too-small", markup=False)
        with Vertical(id="room"):
            with Vertical(id="body"):
                yield from self.body()
            yield KeyBar()
            yield ModeBar(self.MODE)

    def body(self) -> Iterable[Widget]:
        """Yields the widgets of the mode."""
        raise NotImplementedError

    def on_mount(self) -> None:
        freeze_soon(self)

    @property
    def wide(self) -> bool:
        """Whether two panes fit side by side."""
        return self.app.size.width >= WIDE
