"""The panel that explains co-work and joins a hub; shown while the app is in no room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Input, Static

from tui.formatting import clean
from tui.widgets.updates import focus_now, set_text

if TYPE_CHECKING:
    from cowork.client.session import Session

DESCRIPTION = (
    "Learn with your study group, live: chat, a shared focus timer, a board of everyone's progress, reviews line by "
    "line, a game of breaking each other's code, and the monthly meeting."
)
PRIVACY = "Your code stays on this machine until you hand it in. Code of others never runs here."


class JoinPanel(VerticalScroll, can_focus=False):
    """Asks for an invite and a name."""

    @dataclass
    class Submitted(Message):
        """Posted to join by an invite."""

        invite: str
        name: str

    def compose(self) -> ComposeResult:
        with Vertical(id="join"):
            yield Static("Study together", classes="heading")
            yield Static(f"{DESCRIPTION}\n\n{PRIVACY}", id="description")
            yield Static("Join with an invite", classes="heading")
            yield Input(placeholder="Paste your invite", id="invite", compact=True)
            yield Input(placeholder="Your name, as others see it", id="name", max_length=40, compact=True)
            yield Button("Join (Enter)", id="join-button", variant="primary", compact=True)
            yield Static(id="join-problem", markup=False)
            yield Static("Start a group", classes="heading")
            command = ("fromscratch host", "$accent on $panel")
            hint = ". It prints your invite; create invites for others there."
            yield Static(Content.assemble("Run in a terminal: ", command, hint), id="host")

    def show(self, session: Session | None) -> None:
        """Shows the state of a session that has no rooms yet."""
        if session is not None and session.state == "refused":
            self.show_message(session.message or "The hub refuses this device.")
        elif session is not None and session.state in ("offline", "connecting"):
            self.show_message(session.message or "Connecting to the hub…", problem=False)

    def show_message(self, text: str, problem: bool = True) -> None:
        """Shows a problem or the current step."""
        line = self.query_one("#join-problem", Static)
        line.set_class(problem, "-problem")
        set_text(line, clean(text))

    def enter(self) -> None:
        """Focuses the panel."""
        focus_now(self.query_one("#invite"))

    def paste(self, invite: str) -> None:
        """Fills in a pasted invite."""
        self.query_one("#invite", Input).value = invite.strip()
        focus_now(self.query_one("#name"))

    @on(Input.Submitted)
    @on(Button.Pressed)
    def _submit(self) -> None:
        invite, name = self.query_one("#invite", Input), self.query_one("#name", Input)
        if not invite.value.strip():
            focus_now(invite)
        elif not name.value.strip():
            focus_now(name)
        else:
            self.show_message("Joining…", problem=False)
            self.post_message(self.Submitted(invite.value.strip(), name.value.strip()))
