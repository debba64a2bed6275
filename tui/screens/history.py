"""The dialog with the attempts at an exercise and their sources."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from exercises.exercise import Exercise
from learner.progress import Attempt
from tui.formatting import CHECK_COLOURS, CHECK_MARKS, OUTCOME_WORDS, clean, time_ago
from tui.widgets.footer import KeyBar
from tui.widgets.highlight import python_code


class HistoryDialog(ModalScreen[None]):
    """Lists attempts, newest first, with the source of the selected one."""

    CSS_PATH = ["dialogs.tcss", "history.tcss"]
    AUTO_FOCUS = "OptionList"
    BINDINGS = [
        Binding("escape,q", "app.pop_screen", "Close", id="history.close"),
        Binding("y", "copy", "Copy the source", id="history.copy", tooltip="Copy this attempt's source"),
    ]

    def __init__(self, exercise: Exercise, attempts: Iterable[Attempt], now: datetime) -> None:
        super().__init__()
        self.exercise = exercise
        self.attempts = list(attempts)[::-1]
        self.now = now

    def compose(self) -> ComposeResult:
        with Vertical(id="sheet"):
            yield Static(f"{self.exercise.title}: your attempts", classes="heading", markup=False)
            with Horizontal(id="history"):
                yield OptionList(*(Option(self._line(attempt)) for attempt in self.attempts))
                yield VerticalScroll(id="paper")
            yield KeyBar()

    def _line(self, attempt: Attempt) -> Content:
        outcome = "passed" if attempt.outcome == "passed" else "failed"
        mark = (f"{CHECK_MARKS[outcome]} ", CHECK_COLOURS[outcome])
        asked = "\n  by your assistant" if attempt.by_assistant else ""
        return Content.assemble(mark, f"{time_ago(attempt.at, self.now)}", (asked, "$text-muted"))

    async def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        attempt = self.attempts[event.option_index]
        message = clean(str(attempt.verdict.get("message") or "")) or OUTCOME_WORDS[attempt.outcome].capitalize()
        paper = self.query_one("#paper")
        await paper.remove_children()
        await paper.mount(
            Static(Content.styled(f"{message}\n", "bold"), id="message"),
            Static(python_code(clean(attempt.source.decode("utf-8-sig", "replace"))), classes="code"),
        )
        paper.scroll_home(animate=False)

    def action_copy(self) -> None:
        index = self.query_one(OptionList).highlighted
        if index is not None:
            self.app.copy_to_clipboard(self.attempts[index].source.decode("utf-8-sig", "replace"))
            self.notify("Copied to the clipboard, if your terminal allows that.")
