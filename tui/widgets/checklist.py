"""The list of an exercise's checks, each ticking as it ends."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from tui.checking import CheckState
from tui.words import CHECK_COLOURS, CHECK_MARKS, clean


class CheckRow(Horizontal):
    """One check: planned ○, running ●, passed ✓, failed ✗, not run –."""

    DEFAULT_CSS = """
    CheckRow { height: auto; }
    CheckRow .mark { width: 2; text-style: bold; }
    CheckRow .title { width: 1fr; }
    CheckRow.-planned .title, CheckRow.-skipped .title { color: $foreground-muted; }
    """

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title = clean(title)
        self.outcome = ""

    def compose(self) -> ComposeResult:
        yield Static(classes="mark")
        yield Static(self.title, classes="title", markup=False)

    def tick(self, outcome: str) -> None:
        """Shows how the check stands; drawing a row is dear, so only where it changed."""
        if outcome == self.outcome:
            return
        self.outcome = outcome
        self.set_classes(f"-{outcome}")
        self.query_one(".mark", Static).update(Content.styled(CHECK_MARKS[outcome], CHECK_COLOURS[outcome]))


class CheckList(Vertical):
    """All checks of an exercise in order."""

    DEFAULT_CSS = """
    CheckList { height: auto; padding: 0 1; }
    """

    async def show(self, state: CheckState) -> None:
        """Draws the checks of a state; nothing where none are known."""
        rows = [(outcome, clean(title)) for outcome, title, _ in state.rows()]
        present = list(self.query(CheckRow))
        if [row.title for row in present] != [title for _, title in rows]:
            await self.remove_children()
            present = [CheckRow(title) for _, title in rows]
            await self.mount_all(present)
        for row, (outcome, _) in zip(present, rows, strict=True):
            row.tick(outcome)
        self.display = bool(rows)
