"""`fromscratch cowork`: everything that the Co-work screen does, for scripts and screen readers."""

from __future__ import annotations

import click

from cowork.rooms.registry import REGISTRY
from tui.cli.lazy_group import LazyGroup


@click.group("cowork", cls=LazyGroup, modules=REGISTRY.verbs)
def cowork_command() -> None:
    """Learn together: chat, hand in, review, meet. Join a hub first: `fromscratch join INVITE`."""
