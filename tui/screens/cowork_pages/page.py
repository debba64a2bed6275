"""The base classes of the Co-work mode's pages."""

from __future__ import annotations

from typing import Any

from textual import getters, on
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from cowork.rooms.base import Room
from tui.app_types import CourseAppMixin
from tui.cowork_controller import CoworkController
from tui.widgets.updates import focus_now

HEADING = "heading "


class Page(CourseAppMixin, Vertical, can_focus=True):
    """A page about the current room. `show` is called when the page is opened and when the room changes; `main` is the
    widget that takes the focus."""

    TAB = ""
    main: getters.query_one[Any]

    def __init__(self) -> None:
        super().__init__(id=f"page-{self.TAB}", classes="page")

    @property
    def cowork(self) -> CoworkController:
        return self.course_app.cowork

    @property
    def room(self) -> Room | None:
        return self.cowork.room

    @property
    def my_id(self) -> str:
        """The learner's member id, "" before the hub has sent it."""
        return self.cowork.me.id if self.cowork.me is not None else ""

    @property
    def is_organiser(self) -> bool:
        return self.cowork.me is not None and self.cowork.me.role == "organiser"

    def show(self) -> None:
        """Updates the page from the current room."""
        if (room := self.room) is not None:
            self.show_room(room)

    def show_room(self, room: Room) -> None:
        raise NotImplementedError

    def on_open(self) -> None:
        """Called when the Co-work mode is opened with this page."""

    async def go(self, target: str | int, line: int = 0) -> None:
        """Selects an item of the page, such as a message by its number; `line` is a line of a source, from 1."""

    def enter(self) -> None:
        """Focuses the main widget if it is displayed, else the page itself for its keys."""
        focus_now(self.main if self.main.display else self)

    def settle(self) -> None:
        """Moves the focus to the main widget once it is displayed."""
        if self.has_focus and self.main.display:
            focus_now(self.main)

    @on(OptionList.OptionHighlighted)
    def _on_highlight(self) -> None:
        self.refresh_bindings()


class ListPage(Page):
    """A page whose main widget is a list."""

    main: getters.query_one[OptionList]

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[tuple[str, Content]] = []

    @property
    def selected_id(self) -> str | None:
        option = self.main.highlighted_option
        return option.id if option is not None else None

    async def go(self, target: str | int, line: int = 0) -> None:
        ids = [id for id, _ in self._rows]
        if target in ids:
            self.main.highlighted = ids.index(str(target))

    def show_rows(self, rows: list[tuple[str, Content]]) -> None:
        """Shows (id, content) rows; keeps the selection. Rows whose ids start with HEADING cannot be selected."""
        if rows != self._rows:
            self._rows, selected, ids = rows, self.selected_id, [id for id, _ in rows]
            first = next((index for index, id in enumerate(ids) if not id.startswith(HEADING)), None)
            self.main.set_options(Option(content, id=id, disabled=id.startswith(HEADING)) for id, content in rows)
            self.main.highlighted = ids.index(selected) if selected in ids else first
