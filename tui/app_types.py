"""The app by its own type, for screens and widgets that ask more of it than of any app."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.message_pump import MessagePump

if TYPE_CHECKING:
    from tui.app import FromScratchApp


class CourseAppMixin(MessagePump):
    """Stands before the screen or widget among a class's bases."""

    @property
    def course_app(self) -> FromScratchApp:
        return cast("FromScratchApp", self.app)
