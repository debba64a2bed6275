"""The tabs of the Co-work pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
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
        self.unread = 0
        self.key_works = True
        self.show()

    def show(self) -> None:
        """Shows the page's name, its key if that works, and the number of unread messages."""
        page = PAGES[self.page]
        key = (f" {page.key}", "bold $footer-key-foreground") if self.key_works else ""
        new = (f"{self.unread} ", "bold $accent") if self.unread else ""
        set_text(self, Content.assemble(key, f" {page.title} ", new))

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

    def on_mount(self) -> None:
        self.watch(self.screen, "focused", self._show_keys)

    def _show_keys(self, focused: Widget | None) -> None:
        """Hides the keys while a text field takes them."""
        for tab in self.query(PageTab):
            key = PAGES[tab.page].key
            tab.key_works = focused is None or not focused.check_consume_key(key, key)
            tab.show()

    def show(self, page: str, counts: Mapping[str, int]) -> None:
        """Highlights the current page and shows what is new on each page."""
        for tab in self.query(PageTab):
            tab.unread = counts.get(tab.page, 0)
            tab.set_class(tab.page == page, "-current")
            tab.show()
