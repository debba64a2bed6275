"""The line that names the pages of a room, with the key of each."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from tui.widgets.updates import set_text

PAGES = {
    "chat": ("c", "Chat", "What is said, and who passed what"),
    "board": ("b", "Board", "The month's exercises, by member"),
    "review": ("v", "Review", "Read each other's code, line by line"),
    "breaks": ("k", "Break it", "Find an input that a peer's code gets wrong"),
    "meeting": ("m", "Meeting", "Agenda, presenter, notes, questions, insights"),
}


class PageTab(Static):
    """One page's key and name; a click goes there."""

    ALLOW_SELECT = False

    def __init__(self, page: str) -> None:
        super().__init__(id=f"page-tab-{page}")
        self.page = page
        self.tooltip = PAGES[page][2]
        self.tell(0)

    def tell(self, count: int) -> None:
        """Shows how much is new there."""
        key, name, _ = PAGES[self.page]
        new = (f"{count} ", "bold $accent") if count else ""
        set_text(self, Content.assemble((f" {key}", "bold $footer-key-foreground"), f" {name} ", new))

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(PageTabs.Chosen(self.page))


class PageTabs(Horizontal):
    """All pages, the one shown marked."""

    @dataclass
    class Chosen(Message):
        """A page is to be shown."""

        page: str

    def compose(self) -> ComposeResult:
        for page in PAGES:
            yield PageTab(page)

    def show(self, here: str, unread: int) -> None:
        """Marks the page that is shown, and says how many messages are new."""
        self.query_one("#page-tab-chat", PageTab).tell(unread)
        for tab in self.query(PageTab):
            tab.set_class(tab.page == here, "-current")
