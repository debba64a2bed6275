"""The line in which a prompt is written; the arrow keys bring earlier ones back."""

from __future__ import annotations

from typing import Any

from textual.binding import Binding
from textual.widgets import Input


class Prompt(Input):
    """An input that remembers what was sent."""

    BINDINGS = [
        Binding("up", "earlier(1)", "Earlier prompt", show=False),
        Binding("down", "earlier(-1)", "Later prompt", show=False),
    ]

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.sent: list[str] = []
        self.back = 0

    def remember(self, prompt: str) -> None:
        """Keeps a sent prompt, and empties the line."""
        if prompt not in self.sent[-1:]:
            self.sent.append(prompt)
        self.back = 0
        self.value = ""

    def action_earlier(self, step: int) -> None:
        self.back = min(max(self.back + step, 0), len(self.sent))
        self.value = self.sent[-self.back] if self.back else ""
        self.cursor_position = len(self.value)
