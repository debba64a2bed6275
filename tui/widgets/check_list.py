"""The list of an exercise's checks, each ticking as it ends."""

from __future__ import annotations

import textwrap

from textual.content import Content
from textual.widgets import Static

from tui.checking import CheckState
from tui.formatting import CHECK_COLOURS, CHECK_MARKS, clean
from tui.widgets.updates import set_text


class CheckList(Static):
    """All checks of an exercise in order: planned ○, running ●, passed ✓, failed ✗, not run –. One widget for
    all of them, since a verdict has to wait until the list is drawn."""

    DEFAULT_CSS = """
    CheckList { height: auto; padding: 0 1; }
    """

    rows: tuple[tuple[str, str], ...] = ()

    def show(self, state: CheckState) -> None:
        """Draws the checks of a state; nothing where none are known."""
        self.rows = tuple((outcome, clean(title)) for outcome, title, _ in state.rows())
        self.display = bool(self.rows)
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        width = max(self.content_size.width - 2, 20)
        lines = []
        for outcome, title in self.rows:
            # what wraps goes on below the title, not below the mark; plain spaces would be dropped there
            wrapped = textwrap.fill(title, width).replace("\n", "\n\u00a0\u00a0")
            style = "$foreground-muted" if outcome in ("planned", "skipped") else ""
            mark = (f"{CHECK_MARKS[outcome]} ", f"bold {CHECK_COLOURS[outcome]}")
            lines.append(Content.assemble(mark, (wrapped, style)))
        set_text(self, Content("\n").join(lines))
