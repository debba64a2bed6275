"""The base class of the Co-work mode's pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.widget import Widget

from tui.app_types import CourseAppMixin
from tui.widgets.updates import focus_now

if TYPE_CHECKING:
    from cowork.rooms.base import Room
    from tui.cowork_controller import CoworkController


class Page(CourseAppMixin, Vertical, can_focus=True):
    """A page about the current room. `show` is called when the page is opened and when the room changes."""

    TAB = ""

    @property
    def cowork(self) -> CoworkController:
        return self.course_app.cowork

    @property
    def room(self) -> Room | None:
        return self.cowork.room

    def show(self) -> None:
        """Updates the page from the current room."""
        raise NotImplementedError

    def on_open(self) -> None:
        """Called when the Co-work mode is opened with this page."""

    @property
    def main(self) -> Widget:
        """The widget that takes the focus."""
        raise NotImplementedError

    def enter(self) -> None:
        """Focuses the main widget if it is displayed, else the page itself for its keys."""
        focus_now(self.main if self.main.display else self)

    def settle(self) -> None:
        """Moves the focus to the main widget once it is displayed."""
        if self.has_focus and self.main.display:
            focus_now(self.main)
