"""General dialogs: a confirmation, and dialogs that show code or a page."""

from __future__ import annotations

from collections.abc import Iterable

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Button, Markdown, Static

from tui.formatting import clean
from tui.widgets.footer import KeyBar
from tui.widgets.highlight import diff, python_code


class ConfirmDialog(ModalScreen[bool]):
    """Asks a yes/no question; the result is True for yes."""

    CSS_PATH = "dialogs.tcss"
    AUTO_FOCUS = "#no"
    BINDINGS = [
        Binding("y", "answer(True)", "Yes", id="confirm.yes"),
        Binding("n,escape", "answer(False)", "No", id="confirm.no"),
        Binding("left,right", "app.focus_next", "Switch button", show=False),
    ]

    def __init__(self, title: str, text: str, yes: str) -> None:
        super().__init__()
        self.heading, self.text, self.yes = title, text, yes

    def compose(self) -> ComposeResult:
        with Vertical(id="question"):
            yield Static(self.heading, classes="heading", markup=False)
            yield Static(self.text, markup=False)
            with Horizontal(id="answers"):
                yield Button(f"{self.yes} (y)", id="yes", variant="primary", compact=True)
                yield Button("No (n)", id="no", compact=True)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")

    def action_answer(self, yes: bool) -> None:
        self.dismiss(yes)


class ReadingDialog(ModalScreen[None]):
    """The base class of dialogs that show a scrolling text."""

    CSS_PATH = "dialogs.tcss"
    AUTO_FOCUS = "#paper"
    BINDINGS = [Binding("escape,q", "app.pop_screen", "Close", id="sheet.close")]

    def __init__(self, title: str) -> None:
        super().__init__()
        self.heading = title

    def compose(self) -> ComposeResult:
        with Vertical(id="sheet"):
            yield Static(self.heading, classes="heading", markup=False)
            with VerticalScroll(id="paper"):
                yield from self.paper()
            yield KeyBar()

    def paper(self) -> Iterable[Widget]:
        """Yields the widgets of the text."""
        raise NotImplementedError


class CodeDialog(ReadingDialog):
    """Shows highlighted code or a diff."""

    def __init__(self, title: str, text: str, language: str) -> None:
        super().__init__(title)
        self.text, self.language = clean(text), language

    def paper(self) -> Iterable[Widget]:
        yield Static(diff(self.text) if self.language == "diff" else python_code(self.text), classes="code")


class PageDialog(ReadingDialog):
    """Shows a page of the course in Markdown."""

    def __init__(self, title: str, text: str) -> None:
        super().__init__(title)
        self.text = text

    def paper(self) -> Iterable[Widget]:
        yield Markdown(self.text, open_links=False)
