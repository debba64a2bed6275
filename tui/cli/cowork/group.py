"""`fromscratch cowork`: all that the Co-work screen does, for scripts and screen readers."""

from __future__ import annotations

import click

from tui.cli.lazy_group import LazyGroup

# a verb to the module that has `VERB_command`; see cli_cowork_shared.py for how to write one
VERBS = {
    "hubs": "tui.cli.cowork.hub", "rooms": "tui.cli.cowork.hub",
    "people": "tui.cli.cowork.chat", "say": "tui.cli.cowork.chat", "read": "tui.cli.cowork.chat",
    "search": "tui.cli.cowork.chat", "react": "tui.cli.cowork.chat", "take-back": "tui.cli.cowork.chat",
    "hand-in": "tui.cli.cowork.work", "board": "tui.cli.cowork.work", "timer": "tui.cli.cowork.work",
    "invite": "tui.cli.cowork.hub", "members": "tui.cli.cowork.hub", "role": "tui.cli.cowork.hub",
    "remove": "tui.cli.cowork.hub",
    "break": "tui.cli.cowork.break_it", "meeting": "tui.cli.cowork.meeting",
    "review": "tui.cli.cowork.review",
    "cohort": "tui.cli.cowork.cohort", "export": "tui.cli.cowork.cohort", "similar": "tui.cli.cowork.cohort",
    "webhook": "tui.cli.cowork.webhook",
}  # fmt: skip


@click.group("cowork", cls=LazyGroup, modules=VERBS)
def cowork_command() -> None:
    """Learn together: chat, hand in, review, meet. `fromscratch join INVITE` comes first."""
