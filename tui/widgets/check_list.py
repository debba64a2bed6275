"""The list of an exercise's checks with their results."""

from __future__ import annotations

import textwrap

from textual.content import Content
from textual.widgets import Static

from tui.checking import CheckState
from tui.formatting import CHECK_COLOURS, CHECK_MARKS, clean
from tui.widgets.updates import set_text


class CheckList(Static):
    """Shows all checks: planned ○, running ●, passed ✓, failed ✗, waiting ·, not run –. One widget paints faster."""

    DEFAULT_CSS = """
    CheckList { height: auto; padding: 0 1; }
    """

    rows: tuple[tuple[str, str], ...] = ()

    def show(self, state: CheckState) -> None:
        """Shows the checks of a state; hidden if there are none."""
        self.rows = tuple((outcome, clean(title)) for outcome, title, _ in state.rows())
        self.display = bool(self.rows)
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        width = max(self.content_size.width - 2, 20)
        lines = []
        for outcome, title in self.rows:
            # Indents wrapped lines with no-break spaces, because wrapping drops plain spaces.
            wrapped = textwrap.fill(title, width).replace("\n", "\n\u00a0\u00a0")
            style = "$foreground-muted" if outcome in ("planned", "waiting", "skipped") else ""
            mark = (f"{CHECK_MARKS[outcome]} ", f"bold {CHECK_COLOURS[outcome]}")
            lines.append(Content.assemble(mark, (wrapped, style)))
        set_text(self, Content("\n").join(lines))
