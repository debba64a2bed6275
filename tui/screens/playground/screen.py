"""The Playground mode: a bar of views about one model, and the model's choice."""

from __future__ import annotations

import importlib
from collections.abc import Iterable

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Button, ContentSwitcher

from exercises.exercise import Exercise
from playground.parts_catalogue import Part, parts_from
from playground.store import ModelInfo
from tui.background import start
from tui.formatting import clean
from tui.screens.mode_screen import ModeScreen
from tui.screens.playground.model_controller import ModelController
from tui.screens.playground.view import View
from tui.widgets.download_panel import DownloadPanel
from tui.widgets.view_bar import ViewBar, ViewEntry

VIEWS = [
    ViewEntry("talk", "f7", "Talk", "Prompt the model and see how it chooses each token", "talk:TalkView"),
    ViewEntry("xray", "f8", "X-ray", "Tokens, candidates, attention and layers of a text", "xray.view:XrayView"),
    ViewEntry("parts", "f9", "Parts", "Put your own parts into the model and see what they change", "parts:PartsView"),
    ViewEntry("train", "f10", "Train", "Train a small model and watch its loss fall", "train:TrainView"),
    ViewEntry("grpo", "f12", "GRPO", "Train a small model with a reward: it learns to calculate", "grpo:GrpoView"),
]


class Offer(Vertical):
    """The offer to download a model."""

    model: reactive[ModelInfo | None] = reactive(None, recompose=True)

    def compose(self) -> ComposeResult:
        if self.model is not None:
            yield DownloadPanel(self.model)

    async def recompose(self) -> None:
        await super().recompose()
        if self.display and self.query(Button):
            self.query(Button).first().focus()


class PlaygroundScreen(ModeScreen):
    """Holds the model for all views. Views are created when they are first opened."""

    MODE = "playground"
    CSS_PATH = "playground.tcss"
    AUTO_FOCUS = ""
    # Function keys and ctrl keys also work while a text field has the focus.
    BINDINGS = [
        *(Binding(view.key, f"view('{view.name}')", view.title, id=f"playground.view-{view.name}", show=False,
                  tooltip=view.tooltip)
          for view in VIEWS),
        Binding("ctrl+t", "next_view", "Next view", id="playground.next-view", show=False,
                tooltip="Open the next of the Playground's views"),
        Binding("f", "download", "Download", id="playground.download", tooltip="Download the model"),
        Binding("escape", "stop_download", "Stop", id="playground.stop-download", tooltip="Stop the download"),
        Binding("ctrl+n", "model", "Model", id="playground.model", tooltip="Choose the model"),
    ]  # fmt: skip
    bar = getters.query_one(ViewBar)
    switcher = getters.query_one(ContentSwitcher)

    def __init__(self) -> None:
        super().__init__()
        app = self.course_app
        self.controller = ModelController(self, app.learner, app.grader.engine, app.model)

    def body(self) -> Iterable[Widget]:
        yield ViewBar(VIEWS, "model-name", "Choose the model")
        yield Offer(id="offer")
        yield ContentSwitcher(_create(VIEWS[0], self.controller), initial=f"view-{VIEWS[0].name}", id="views")

    def on_mount(self) -> None:
        self.controller.changed.subscribe(self, lambda _: self.show())

    async def on_screen_resume(self) -> None:
        self.controller.ensure_loaded()
        start(self, self.controller.refresh_parts, "playground-parts")
        self.show()
        self.enter()

    @property
    def view(self) -> View:
        """The current view."""
        return self.query_one(f"#{self.switcher.current}", View)

    def show(self) -> None:
        """Shows the current view, or the offer to download the model that it needs."""
        absent = self.view.NEEDS_MODEL and self.controller.absent
        changed = absent != self.has_class("-absent")
        self.set_class(absent, "-absent")
        label = "" if self.controller.absent else f" · {self.controller.parts_label()}"
        title = self.controller.title
        if not self.wide and self.controller.info is not None:
            title = title.split()[0]  # the whole name leaves no room for the parts
        self.bar.show(self.view.NAME, Content(clean(f"{title}{label}")))
        offer = self.query_one(Offer)
        if absent and offer.model != self.controller.info:
            offer.model = self.controller.info
            changed = True
        if changed and self.is_current:
            self.call_after_refresh(self.enter)
        self.refresh_bindings()

    def enter(self) -> None:
        """Focuses the current view, or the button to download."""
        if not self.has_class("-absent"):
            self.view.enter()
        elif self.query("#offer Button"):
            self.query_one("#offer Button").focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("download", "stop_download"):
            if not self.has_class("-absent"):  # asked with every key, so the widgets are searched only for an offer
                return False
            downloading = any(panel.downloading for panel in self.query(DownloadPanel))
            return downloading == (action == "stop_download")
        return True

    # Views

    async def action_view(self, name: str) -> None:
        """Opens a view by its name."""
        if name == self.view.NAME:
            return
        entry = next(view for view in VIEWS if view.name == name)
        if not self.switcher.query(f"#view-{name}"):
            await self.switcher.add_content(_create(entry, self.controller), set_current=False)
        self.view.leave()
        self.switcher.current = f"view-{name}"
        self.show()
        self.enter()

    async def try_part(self, exercise: Exercise) -> None:
        """Puts the part that an exercise supplies into a model that has it, and shows what it changes."""
        from tui.screens.playground.parts import PartsView

        part = parts_from(exercise.id)[0]
        models = [model for model in map(self.controller.model_for, part.architectures) if model is not None]
        if self.controller.busy or not models:
            reason = "The model is busy: press Esc to stop it first." if models else _no_model(part)
            self.notify(reason, severity="warning", markup=False)
            return
        if self.controller.model not in models:
            self.controller.choose(models[0])
        await self.action_view(PartsView.NAME)
        view = self.view
        assert isinstance(view, PartsView)
        view.try_live(exercise)

    async def action_next_view(self) -> None:
        names = [view.name for view in VIEWS]
        await self.action_view(names[(names.index(self.view.NAME) + 1) % len(names)])

    @on(ViewBar.Chosen)
    async def _on_tab(self, event: ViewBar.Chosen) -> None:
        await self.action_view(event.view)

    # The model

    @on(ViewBar.AsideClicked)
    @work(group="dialog", exclusive=True)
    async def action_model(self) -> None:
        """Asks for the model."""
        from tui.screens.playground.model_dialog import ModelDialog

        if self.controller.busy:
            self.notify("Press Esc to stop the model first.")
            return
        model = await self.app.push_screen_wait(ModelDialog(self.controller.models, self.controller.model))
        if model is not None:
            self.controller.choose(model)

    def action_download(self) -> None:
        self.query_one(DownloadPanel).toggle()
        self.refresh_bindings()

    def action_stop_download(self) -> None:
        self.query_one(DownloadPanel).stop()

    def on_download_panel_ended(self, ended: DownloadPanel.Ended) -> None:
        if not ended.problem:
            self.notify(f"{self.controller.title} is installed.", markup=False)
        self.controller.ensure_loaded()
        self.show()
        self.enter()

    async def on_unmount(self) -> None:
        await self.controller.close()


def _no_model(part: Part) -> str:
    return f"No model with a {part.name} is installed. Ctrl+N in the Playground lists the models."


def view_class(entry: ViewEntry) -> type[View]:
    """Imports the class of a view."""
    module, _, name = entry.widget.partition(":")
    view = getattr(importlib.import_module(f"tui.screens.playground.{module}"), name)
    assert isinstance(view, type) and issubclass(view, View)
    return view


def _create(entry: ViewEntry, controller: ModelController) -> View:
    return view_class(entry)(controller)
