"""The bar of a screen's views or a view's pages, with a text at its right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from tui.widgets.updates import set_text


@dataclass(frozen=True)
class ViewEntry:
    """The declaration of a view or page; `widget` is its class as "module:Class", imported when it is first opened."""

    name: str
    key: str
    title: str
    tooltip: str
    widget: str


class ViewTab(Static):
    """A view's key and title; a click opens the view."""

    ALLOW_SELECT = False

    def __init__(self, view: ViewEntry) -> None:
        key = view.key.upper() if len(view.key) > 1 else view.key
        super().__init__(Content.assemble((f" {key}", "bold $footer-key-foreground"), f" {view.title} "))
        self.view = view.name
        self.tooltip = view.tooltip

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(ViewBar.Chosen(self.view))


class Aside(Static):
    """The text at the right; a click on it posts AsideClicked."""

    ALLOW_SELECT = False

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(ViewBar.AsideClicked())


class ViewBar(Horizontal):
    """Tabs with the current view highlighted, and a text at the right, such as the model's name."""

    DEFAULT_CSS = """
    ViewBar { height: 1; padding: 0 1; background: $surface; }
    ViewBar ViewTab { width: auto; color: $footer-description-foreground; }
    ViewBar ViewTab:hover { background: $block-cursor-blurred-background; }
    ViewBar ViewTab.-current {
        background: $block-cursor-background; color: $block-cursor-foreground; text-style: bold;
    }
    ViewBar Aside {
        width: 1fr; padding: 0 1; text-align: right; text-wrap: nowrap; text-overflow: ellipsis;
        color: $foreground-muted;
    }
    """

    @dataclass
    class Chosen(Message):
        """Posted when a tab is clicked."""

        view: str

    class AsideClicked(Message):
        """Posted when the text at the right is clicked."""

    def __init__(self, views: Sequence[ViewEntry], aside_id: str, tooltip: str = "") -> None:
        super().__init__()
        self.views = views
        self.aside = Aside(id=aside_id, markup=False)
        self.aside.tooltip = tooltip or None

    def compose(self) -> ComposeResult:
        for view in self.views:
            yield ViewTab(view)
        yield self.aside

    def show(self, view: str, aside: Content | str) -> None:
        """Highlights a view and shows the text at the right."""
        set_text(self.aside, aside)
        for tab in self.query(ViewTab):
            tab.set_class(tab.view == view, "-current")
