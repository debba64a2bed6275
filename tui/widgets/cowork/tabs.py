"""The tabs of the Co-work pages."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from cowork.rooms.registry import REGISTRY
from tui.widgets.updates import set_text

PAGES = REGISTRY.pages


class PageTab(Static):
    """A page's key and name; a click opens the page."""

    ALLOW_SELECT = False

    def __init__(self, page: str) -> None:
        super().__init__(id=f"page-tab-{page}")
        self.page = page
        self.tooltip = PAGES[page].tooltip
        self.show_unread(0)

    def show_unread(self, count: int) -> None:
        """Shows the number of unread messages."""
        page = PAGES[self.page]
        new = (f"{count} ", "bold $accent") if count else ""
        set_text(self, Content.assemble((f" {page.key}", "bold $footer-key-foreground"), f" {page.title} ", new))

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(PageTabs.Chosen(self.page))


class PageTabs(Horizontal):
    """The tabs of all pages, with the current one highlighted."""

    @dataclass
    class Chosen(Message):
        """Posted when a tab is clicked."""

        page: str

    def compose(self) -> ComposeResult:
        for page in PAGES:
            yield PageTab(page)

    def show(self, page: str, unread: int) -> None:
        """Highlights the current page and shows the number of unread messages."""
        self.query_one("#page-tab-chat", PageTab).show_unread(unread)
        for tab in self.query(PageTab):
            tab.set_class(tab.page == page, "-current")
