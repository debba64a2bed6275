"""A line that says how many exercises are due from memory; hidden if there are none."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from textual.content import Content
from textual.widgets import Static

from learner.returns import Memory
from tui.app_types import CourseAppMixin
from tui.background import start
from tui.recall_words import due_text
from tui.widgets.result_cards import key
from tui.widgets.updates import set_text


class DueLine(CourseAppMixin, Static):
    """Shows "2 are due from memory" with the key that lists them."""

    DEFAULT_CSS = """
    DueLine { height: 1; padding: 0 2; color: $foreground-muted; display: none; }
    """

    def look(self) -> None:
        """Updates the line in the background, because the scheduler takes a moment to import."""
        start(self, self._look, "due")

    async def _look(self) -> None:
        self.show(await asyncio.to_thread(self.course_app.learner.memories))

    def show(self, memories: Sequence[Memory]) -> None:
        """Shows how many of these are due, or that a return is open."""
        now = self.course_app.learner.clock()
        due = sum(memory.is_due(now) for memory in memories)
        running = any(memory.open(now) for memory in memories)
        text = "A return from memory is open" if running else due_text(due)
        set_text(self, Content.assemble(text, "  ", key("m")))
        self.display = bool(due or running)

    def on_click(self) -> None:
        self.course_app.action_recall()
