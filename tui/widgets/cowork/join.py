"""Where no hub is known, or none can be entered: what co-work is, and how to join or host."""

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

WHAT = (
    "Learn with your study group, live: chat, a shared focus timer, a board of who has built what, reviews line by "
    "line, inputs that break each other's code, and the monthly meeting."
)
PRIVACY = "Your code stays here until you hand it in. Others' code never runs on this machine."


class JoinPanel(VerticalScroll, can_focus=False):
    """Takes an invite and a name."""

    @dataclass
    class Wanted(Message):
        """Join by an invite."""

        invite: str
        name: str

    def compose(self) -> ComposeResult:
        with Vertical(id="join"):
            yield Static("Study together", classes="heading")
            yield Static(f"{WHAT}\n\n{PRIVACY}", id="what")
            yield Static("You have an invite?", classes="heading")
            yield Input(placeholder="Paste the invite here", id="invite", compact=True)
            yield Input(placeholder="Your name, as the others see it", id="name", max_length=40, compact=True)
            yield Button("Join (Enter)", id="join-button", variant="primary", compact=True)
            yield Static(id="join-problem", markup=False)
            yield Static("You begin a group?", classes="heading")
            yield Static(
                Content.assemble(
                    "In another terminal: ",
                    ("fromscratch host", "$accent on $panel"),
                    ". It prints an invite for you, and makes invites for the others.",
                ),
                id="host",
            )

    def show(self, session: Session | None) -> None:
        """Says where a session stands that has no room yet."""
        if session is not None and session.state == "refused":
            self.say(session.message or "The hub does not let this device in.")
        elif session is not None and session.state in ("offline", "connecting"):
            self.say(session.message or "Looking for the hub…", problem=False)

    def say(self, text: str, problem: bool = True) -> None:
        """What went wrong, or is under way."""
        line = self.query_one("#join-problem", Static)
        line.set_class(problem, "-problem")
        set_text(line, clean(text))

    def enter(self) -> None:
        """Takes the focus."""
        focus_now(self.query_one("#invite"))

    def take(self, invite: str) -> None:
        """An invite was pasted somewhere in the room."""
        self.query_one("#invite", Input).value = invite.strip()
        focus_now(self.query_one("#name"))

    @on(Input.Submitted)
    @on(Button.Pressed)
    def _go(self) -> None:
        invite, name = self.query_one("#invite", Input), self.query_one("#name", Input)
        if not invite.value.strip():
            focus_now(invite)
        elif not name.value.strip():
            focus_now(name)
        else:
            self.say("Joining…", problem=False)
            self.post_message(self.Wanted(invite.value.strip(), name.value.strip()))
