"""Asks for the model of the Playground."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from playground import store
from tui.formatting import clean, size
from tui.widgets.footer import KeyBar


class ModelDialog(ModalScreen[str | None]):
    """Lists the models; the result is the name of the chosen one."""

    CSS_PATH = "../dialogs.tcss"
    DEFAULT_CSS = """
    ModelDialog { align: center middle; background: $background 60%; }
    ModelDialog #question { width: 72; }
    ModelDialog OptionList, ModelDialog OptionList:focus {
        height: auto; max-height: 16; border: none; padding: 0; background: $panel; background-tint: $foreground 0%;
    }
    """
    AUTO_FOCUS = "#models"
    BINDINGS = [Binding("escape,q", "dismiss(None)", "Close", id="model.close")]

    def __init__(self, models: list[store.ModelInfo], current: str) -> None:
        super().__init__()
        self.models = models
        self.current = current

    def compose(self) -> ComposeResult:
        with Vertical(id="question"):
            yield Static("Which model?", classes="heading")
            yield OptionList(*(Option(_row(model, model.name == self.current)) for model in self.models),
                             id="models")  # fmt: skip
            yield KeyBar()

    def on_mount(self) -> None:
        names = [model.name for model in self.models]
        if self.current in names:
            self.query_one(OptionList).highlighted = names.index(self.current)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self.models[event.option_index].name)


def _row(model: store.ModelInfo, current: bool) -> Content:
    state = "installed" if model.installed else f"{size(model.download_bytes)} to download"
    if model.is_shipped:
        state = "part of the program"
    elif model.is_trained:
        state = f"in {model.path}"
    return Content.assemble(
        (clean(model.title), "bold"),
        ("  ●" if current else "", "bold $accent"),
        (f"  {clean(state)}\n", "$foreground-muted"),
        (f"{clean(model.description)}", "$foreground-muted"),
    )
