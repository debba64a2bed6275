"""The text field for chat messages, with several lines and code blocks between lines of three backticks."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.binding import Binding
from textual.message import Message

from tui.widgets.cowork.mention_area import MentionArea

FENCE = "```"


class Composer(MentionArea):
    """Enter sends the message; within a code block, it inserts a line break. Tab completes a name after "@"."""

    DEFAULT_CSS = """
    Composer {
        height: auto; min-height: 3; max-height: 9; margin: 0 1; padding: 0 1; border: round $border;
        background: $background;
    }
    Composer:focus { border: round $primary; }
    """
    BINDINGS = [
        Binding("enter", "send", "Send", id="chat.send", tooltip="Send; in a code block, insert a line break"),
        Binding("ctrl+s", "send", "Send", id="chat.send-now", show=False, tooltip="Send, also in a code block"),
        Binding("ctrl+t", "code", "Code", id="chat.code", tooltip="Start a code block, or leave it"),
        Binding("escape", "leave", "Leave", id="chat.leave", tooltip="Move to the messages; keeps the text"),
    ]

    @dataclass
    class Sent(Message):
        """Posted to send a text."""

        text: str

    @dataclass
    class Left(Message):
        """Posted when the learner leaves the composer."""

    def __init__(self) -> None:
        super().__init__(
            id="composer", soft_wrap=True, show_line_numbers=False, highlight_cursor_line=False,
            placeholder="Write a message; @ and Tab mention somebody",
        )  # fmt: skip

    @property
    def in_code_block(self) -> bool:
        """Whether the cursor is in a code block."""
        row, _ = self.cursor_location
        lines = self.text.split("\n")[: row + 1]
        return sum(line.strip().startswith(FENCE) for line in lines) % 2 == 1

    async def _on_key(self, event: events.Key) -> None:
        if event.key in ("enter", "shift+enter", "alt+enter"):
            event.stop()
            event.prevent_default()
            if event.key == "enter" and not self.in_code_block:
                self.action_send()
            else:
                self.insert("\n")
            return
        if event.key == "up" and not self.text:
            event.stop()
            event.prevent_default()
            self.post_message(self.Left())
            return
        await super()._on_key(event)

    def action_send(self) -> None:
        if self.text.strip():
            self.post_message(self.Sent(self.text))

    def action_code(self) -> None:
        """Inserts a code block at the cursor, or leaves the current one."""
        if self.in_code_block:
            lines = self.text.split("\n")
            row, _ = self.cursor_location
            end = next((i for i in range(row + 1, len(lines)) if lines[i].strip().startswith(FENCE)), None)
            if end is None:
                self.move_cursor(self.document.end)
                self.insert(f"\n{FENCE}\n")
            elif end + 1 < len(lines):
                self.move_cursor((end + 1, 0))
            else:
                self.move_cursor(self.document.end)
                self.insert("\n")
            return
        start = "" if not self.text or self.text.endswith("\n") else "\n"
        self.insert(f"{start}{FENCE}\n\n{FENCE}")
        row, _ = self.cursor_location
        self.move_cursor((row - 1, 0))

    def action_leave(self) -> None:
        self.post_message(self.Left())
