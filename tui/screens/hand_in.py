"""The dialog that asks whether to hand in passed exercises to the study group."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from tui.widgets.footer import KeyBar


class HandInDialog(ModalScreen[str]):
    """The result is "yes" (now and always), "once" (now) or "no" (only manually)."""

    CSS_PATH = "cowork_dialogs.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-high")]
    AUTO_FOCUS = "#once"
    BINDINGS = [
        Binding("a", "dismiss('yes')", "Always", id="hand-in.always", tooltip="Hand in this and all later passes"),
        Binding("o", "dismiss('once')", "Only this one", id="hand-in.once", tooltip="Hand in this one and ask again"),
        Binding("n,escape", "dismiss('no')", "Manually", id="hand-in.no", tooltip="Hand in with ctrl+u in Practice"),
        Binding("left", "app.focus_previous", "Previous", show=False),
        Binding("right", "app.focus_next", "Next", show=False),
    ]  # fmt: skip

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self.heading, self.text = title, text

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(f"Hand in {self.heading}?", classes="heading", markup=False)
            yield Static(self.text, markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Always", id="yes", variant="primary", compact=True)
                yield Button("Only this one", id="once", compact=True)
                yield Button("Manually", id="no", compact=True)
            yield KeyBar()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id or "no")
