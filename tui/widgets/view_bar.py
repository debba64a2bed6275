"""The bar of a mode's views, and the name of the model at its right."""

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
    """A view's declaration. `widget` is its class as "module:Class", imported when the view is first opened."""

    name: str
    key: str
    title: str
    tooltip: str
    widget: str


class ViewTab(Static):
    """A view's key and title; a click opens the view."""

    ALLOW_SELECT = False

    def __init__(self, view: ViewEntry) -> None:
        key = view.key.upper()
        super().__init__(Content.assemble((f" {key}", "bold $footer-key-foreground"), f" {view.title} "))
        self.view = view.name
        self.tooltip = view.tooltip

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(ViewBar.Chosen(self.view))


class ModelName(Static):
    """The name of the model; a click asks for a different one."""

    ALLOW_SELECT = False

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(ViewBar.ModelClicked())


class ViewBar(Horizontal):
    """Tabs with the current view highlighted, and the model at the right."""

    DEFAULT_CSS = """
    ViewBar { height: 1; padding: 0 1; background: $surface; }
    ViewBar ViewTab { width: auto; color: $footer-description-foreground; }
    ViewBar ViewTab:hover { background: $block-cursor-blurred-background; }
    ViewBar ViewTab.-current {
        background: $block-cursor-background; color: $block-cursor-foreground; text-style: bold;
    }
    ViewBar ModelName {
        width: 1fr; padding: 0 1; text-align: right; text-wrap: nowrap; text-overflow: ellipsis;
        color: $foreground-muted;
    }
    """

    @dataclass
    class Chosen(Message):
        """Posted when a tab is clicked."""

        view: str

    class ModelClicked(Message):
        """Posted when the model's name is clicked."""

    def __init__(self, views: Sequence[ViewEntry]) -> None:
        super().__init__()
        self.views = views

    def compose(self) -> ComposeResult:
        for view in self.views:
            yield ViewTab(view)
        name = ModelName(id="model-name", markup=False)
        name.tooltip = "Choose the model"
        yield name

    def show(self, view: str, model: Content | str) -> None:
        """Highlights a view and shows the model's name."""
        set_text(self.query_one(ModelName), model)
        for tab in self.query(ViewTab):
            tab.set_class(tab.view == view, "-current")
