"""The dialog in which a learner asks for a review."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static, TextArea

from tui.widgets.footer import KeyBar
from tui.widgets.updates import set_text

TEXT = "Where are you stuck, or what do you want to know? A member of your group claims it and answers line by line."
VISIBILITY = {
    False: "Your room sees it; a passed file only those who have passed.",
    True: "Private: only the reviewer who claims it sees your file.",
}


class ReviewRequestDialog(ModalScreen[tuple[str, bool] | None]):
    """The result is the question, which may be empty, and whether the review is private; None if it is cancelled."""

    CSS_PATH = "cowork_dialogs.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-high")]
    AUTO_FOCUS = "#text"
    BINDINGS = [
        Binding("ctrl+s", "done", "Send", id="request.send", tooltip="Ask for the review"),
        Binding(
            "ctrl+t",
            "private",
            "Private/Room",
            id="request.private",
            tooltip="Show it to the reviewer only, or to the room",
        ),
        Binding("escape", "dismiss(None)", "Close", id="request.close"),
    ]

    def __init__(self, title: str) -> None:
        super().__init__()
        self.heading, self.private = title, False

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(f"Ask for a review of {self.heading}", classes="heading", markup=False)
            yield Static(TEXT, markup=False)
            yield TextArea("", id="text", soft_wrap=True, show_line_numbers=False)
            yield Static(id="visibility", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Send (ctrl+s)", id="send", variant="primary", compact=True)
                yield Button("Close", id="close", compact=True)
            yield KeyBar()

    def on_mount(self) -> None:
        self._show_visibility()

    def action_private(self) -> None:
        self.private = not self.private
        self._show_visibility()

    def _show_visibility(self) -> None:
        other = "the room" if self.private else "the reviewer only"
        set_text(self.query_one("#visibility", Static), f"{VISIBILITY[self.private]} (ctrl+t: {other})")

    def action_done(self) -> None:
        self.dismiss((self.query_one(TextArea).text.strip(), self.private))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "send":
            self.action_done()
        else:
            self.dismiss(None)
