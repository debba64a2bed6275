"""General dialogs: a confirmation, and dialogs that show code or a page."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Button, Markdown, Static

from tui.formatting import clean
from tui.screens.mode_screen import WIDE
from tui.widgets.code_view import CodeView, highlighted, side_by_side, unified, wrapped_lines
from tui.widgets.footer import KeyBar
from tui.widgets.highlight import diff


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
        lines = self.text.splitlines()
        drawn = diff(self.text).split("\n", allow_blank=True) if self.language == "diff" else highlighted(lines)
        yield CodeView(partial(wrapped_lines, drawn))


class CompareDialog(ReadingDialog):
    """Shows the learner's file beside the reference solution, or the solution alone."""

    BINDINGS = [Binding("s", "switch", "Compare/Alone", id="compare.switch", tooltip="Show the solution alone")]
    compares = True

    def __init__(self, title: str, own: str, solution: str) -> None:
        super().__init__(title)
        self.own, self.solution = clean(own).splitlines(), clean(solution).splitlines()

    def on_mount(self) -> None:
        self.query_one("#sheet").add_class("-full")

    def paper(self) -> Iterable[Widget]:
        yield CodeView(self._drawn)

    def _drawn(self, width: int) -> Content:
        from cowork.diff import diff_rows

        if not self.compares:
            return wrapped_lines(highlighted(self.solution), width)
        rows = diff_rows(self.own, self.solution)
        if self.app.size.width >= WIDE:
            heading = Content.styled(f"{'     Yours':{(width - 3) // 2}} │      Reference", "$foreground-muted")
            lines = side_by_side(self.own, self.solution, rows, width)
        else:
            heading = Content.styled("- yours, + reference", "$foreground-muted")
            lines = unified(self.own, self.solution, rows, width)
        return Content("\n").join([heading, Content(""), *(line.content for line in lines)])

    def action_switch(self) -> None:
        self.compares = not self.compares
        self.query_one(CodeView).show(self._drawn)


class PageDialog(ReadingDialog):
    """Shows a page of the course in Markdown."""

    def __init__(self, title: str, text: str) -> None:
        super().__init__(title)
        self.text = text

    def paper(self) -> Iterable[Widget]:
        yield Markdown(self.text, open_links=False)
