"""A page of the Co-work mode: what is shown of a room beside the list of people."""

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
    """Draws itself in `show`, which is called when it comes in sight and whenever its room has changed."""

    TAB = ""

    @property
    def cowork(self) -> CoworkController:
        return self.course_app.cowork

    @property
    def room(self) -> Room | None:
        return self.cowork.room

    def show(self) -> None:
        """Draws the room as it is now."""
        raise NotImplementedError

    def arrive(self) -> None:
        """Somebody comes back to look at it."""

    @property
    def main(self) -> Widget:
        """What the keys go to."""
        raise NotImplementedError

    def enter(self) -> None:
        """Takes the focus: to what there is to move in, else to the page for its keys."""
        focus_now(self.main if self.main.display else self)

    def settle(self) -> None:
        """After a change: the keys go where they belong."""
        if self.has_focus and self.main.display:
            focus_now(self.main)
