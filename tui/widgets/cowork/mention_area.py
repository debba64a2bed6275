"""A text field in which Tab completes the name of a member after "@"."""

from __future__ import annotations

from typing import Any

from textual import events
from textual.widgets import TextArea

from cowork.mentions import complete
from tui.app_types import CourseAppMixin
from tui.formatting import clean

MAX_SHOWN = 4  # names in the border


class MentionArea(CourseAppMixin, TextArea):
    """Tab inserts the first name that fits, and pressed again the next one; elsewhere it moves the focus."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._completed: tuple[str, list[str], int] | None = None  # the text before the mention, the names, the place

    @property
    def _before(self) -> str:
        return self.get_text_range((0, 0), self.cursor_location)

    def complete_mention(self) -> bool:
        """Completes the mention at the cursor. Returns False if there is none."""
        before = self._before
        if self._completed is not None and before == self._inserted():
            start, names, place = self._completed
            self._completed = start, names, (place + 1) % len(names)
        else:
            cowork = self.course_app.cowork
            position, names = complete(before, cowork.meanwhile.mentionable(cowork.room_id).names)
            if not names:
                return False
            self._completed = before[:position], names, 0
        new = self._inserted()
        begin = self._completed[0]
        self.replace(new[len(begin) :], self._location(begin), self._location(before))
        self._show_names()
        return True

    def _inserted(self) -> str:
        assert self._completed is not None
        start, names, place = self._completed
        return f"{start}@{names[place]} "

    @staticmethod
    def _location(text: str) -> tuple[int, int]:
        """The location at the end of a text."""
        lines = text.split("\n")
        return len(lines) - 1, len(lines[-1])

    def on_text_area_selection_changed(self) -> None:
        self._show_names()

    def _show_names(self) -> None:
        """Shows in the border which names Tab inserts."""
        if self._completed is not None and self._before == self._inserted():
            _, names, place = self._completed
            names = [*names[place + 1 :], *names[:place]]
        else:
            self._completed = None
            cowork = self.course_app.cowork
            _, names = complete(self._before, cowork.meanwhile.mentionable(cowork.room_id).names)
        shown = [clean(name) for name in names[:MAX_SHOWN]]
        more = " …" if len(names) > MAX_SHOWN else ""
        self.border_subtitle = f"Tab: {', '.join(shown)}{more}".replace("[", r"\[") if shown else ""

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "tab" and self.complete_mention():
            event.stop()
            event.prevent_default()
            return
        await super()._on_key(event)
