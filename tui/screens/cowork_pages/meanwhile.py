"""The page of what concerns the learner in all rooms since they were last here."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.formatting import clean, time_ago
from tui.news_text import when
from tui.screens.cowork_pages.page import Page
from tui.widgets.cowork.entries import MUTED
from tui.widgets.cowork.sidebar import CroppedLines

if TYPE_CHECKING:
    from tui.meanwhile import Entry

EMPTY_TEXT = (
    "There is nothing new for you. This page lists mentions of you (@name), replies, comments on your code, requests "
    "for reviews, code of yours that was broken, meetings and assignments, in all rooms."
)
MARKS = {
    "mention": "@", "reply": "↩", "comment": "┃", "review": "◐", "broken": "✗", "meeting": "◷", "assignment": "▪",
}  # fmt: skip
ROW_HEIGHT = 2
MAX_ROWS = 200


class MeanwhilePage(Page):
    """Lists the news, newest first. Those that come on the screen count as seen, and stay until the app is closed."""

    TAB = "meanwhile"
    BINDINGS = [Binding("enter,o", "go", "Go there", id="meanwhile.go", key_display="Enter", tooltip="Go to its place")]
    main = getters.query_one("#news", OptionList)

    class Chosen(Message):
        """Posted to go to the place of an entry."""

        def __init__(self, entry: Entry) -> None:
            super().__init__()
            self.entry = entry

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[Entry] = []
        self._rows: list[Any] = []
        self._old: set[tuple[str, int]] = set()  # seen before the page was opened

    def compose(self) -> ComposeResult:
        yield Static(EMPTY_TEXT, id="news-none", classes="none", markup=False)
        yield OptionList(id="news", classes="list", markup=False)

    def on_mount(self) -> None:
        self.watch(self.main, "scroll_y", self._mark_visible, init=False)

    def show(self) -> None:
        entries = self.cowork.meanwhile.entries[:MAX_ROWS]
        self.query_one("#news-none").display = not entries
        self.main.display = bool(entries)
        selected = self._selected()
        rows = [self._row(entry) for entry in entries]
        if rows != self._rows:
            self.shown, self._rows = entries, rows
            self.main.set_options(Option(row, id=f"{entry.room} {entry.news.seq}") for entry, row in self._pairs())
            keys = [entry.key for entry in entries]
            if keys:
                self.main.highlighted = keys.index(selected.key) if selected and selected.key in keys else 0
        self.refresh_bindings()
        self.call_after_refresh(self._mark_visible)

    def on_open(self) -> None:
        self._old = {entry.key for entry in self.cowork.meanwhile.entries if entry.seen}

    def enter(self) -> None:
        self.on_open()
        super().enter()

    def _pairs(self) -> list[tuple[Entry, Any]]:
        return list(zip(self.shown, self._rows, strict=True))

    def _row(self, entry: Entry) -> CroppedLines:
        news, now = entry.news, self.cowork.now()
        zone = self.course_app.learner.clock().tzinfo
        old = entry.key in self._old
        style = MUTED if old else "bold"
        room = self.cowork.rooms.get(entry.room)
        details = when(news, now, zone) or (f"“{clean(news.quote)}”" if news.quote else "")
        ago = time_ago(datetime.fromtimestamp(news.at, zone), datetime.fromtimestamp(now, zone))
        first = (
            Content.styled(f"{MARKS[news.kind]} ", MUTED if old else "bold $accent"),
            Content.styled(clean(news.says), style),
            Content.styled(f"  {ago}", MUTED),
        )
        title = clean(room.title) if room is not None else entry.room
        second = f"{title}{f' · {details}' if details else ''}"
        return CroppedLines((first, (Content("  "), Content.styled(second.replace("\n", " "), MUTED), Content(""))))

    def _mark_visible(self) -> None:
        """Marks the entries that are on the screen as seen."""
        if not self.is_on_screen or not self.cowork.visible:
            return
        last = int(self.main.scroll_y + self.main.scrollable_content_region.height) // ROW_HEIGHT
        self.cowork.meanwhile.mark_seen(self.shown[:last])

    def _selected(self) -> Entry | None:
        index = self.main.highlighted
        return self.shown[index] if index is not None and index < len(self.shown) else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return not (action == "go" and self.is_mounted) or (True if self._selected() is not None else None)

    @on(OptionList.OptionSelected)
    def action_go(self) -> None:
        if (entry := self._selected()) is not None:
            self.post_message(self.Chosen(entry))
