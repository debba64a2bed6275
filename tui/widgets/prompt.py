"""The input field for prompts, with a history on the arrow keys."""

from __future__ import annotations

from typing import Any

from textual.binding import Binding
from textual.widgets import Input


class Prompt(Input):
    """An input field that keeps the sent prompts."""

    BINDINGS = [
        Binding("up", "earlier(1)", "Earlier prompt", show=False),
        Binding("down", "earlier(-1)", "Later prompt", show=False),
    ]

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.sent: list[str] = []
        self.history_index = 0

    def remember(self, prompt: str) -> None:
        """Adds a sent prompt to the history and clears the field."""
        if prompt not in self.sent[-1:]:
            self.sent.append(prompt)
        self.history_index = 0
        self.value = ""

    def action_earlier(self, step: int) -> None:
        self.history_index = min(max(self.history_index + step, 0), len(self.sent))
        self.value = self.sent[-self.history_index] if self.history_index else ""
        self.cursor_position = len(self.value)
