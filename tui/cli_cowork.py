"""`fromscratch cowork`: all that the Co-work screen does, for scripts and screen readers."""

from __future__ import annotations

import click

from tui.cli_lazy import Lazy

# a verb to the module that has `VERB_command`; see cli_cowork_shared.py for how to write one
VERBS = {
    "hubs": "tui.cli_cowork_hub", "rooms": "tui.cli_cowork_hub",
    "people": "tui.cli_cowork_chat", "say": "tui.cli_cowork_chat", "read": "tui.cli_cowork_chat",
    "search": "tui.cli_cowork_chat", "react": "tui.cli_cowork_chat", "take-back": "tui.cli_cowork_chat",
    "hand-in": "tui.cli_cowork_work", "board": "tui.cli_cowork_work", "timer": "tui.cli_cowork_work",
    "invite": "tui.cli_cowork_hub", "members": "tui.cli_cowork_hub", "role": "tui.cli_cowork_hub",
    "remove": "tui.cli_cowork_hub",
    "break": "tui.cli_cowork_break", "meeting": "tui.cli_cowork_meeting",
    "review": "tui.cli_cowork_review",
    "cohort": "tui.cli_cowork_cohort", "export": "tui.cli_cowork_cohort", "similar": "tui.cli_cowork_cohort",
    "webhook": "tui.cli_cowork_webhook",
}  # fmt: skip


@click.group("cowork", cls=Lazy, modules=VERBS)
def cowork_command() -> None:
    """Learn together: chat, hand in, review, meet. `fromscratch join INVITE` comes first."""
