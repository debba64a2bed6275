"""`fromscratch join`: joins a study group by an invite."""

from __future__ import annotations

import asyncio
import getpass
import sys
from pathlib import Path

import click

from tui.cli.app_launcher import app_launcher
from tui.cli.terminal import echo, echo_json, prompt, read_input


@click.command("join")
@click.argument("invite", nargs=-1)
@click.option("--name", help="Your name in the group.")
@click.option("--no-app", is_flag=True, help="Do not start the app after joining.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object; do not start the app.")
@click.pass_obj
def join_command(root: Path, invite: tuple[str, ...], name: str | None, no_app: bool, as_json: bool) -> None:
    """Join a study group by the INVITE that its organiser sent. Without INVITE, the command asks for it."""
    from cowork.client.connection import Unreachable, join
    from cowork.client.known_hubs import home_folder
    from cowork.refusal import Refusal

    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    text = " ".join(invite) or (prompt("The invite") if terminal else read_input())
    if name is None:
        name = prompt("Your name", default=_user()) if terminal else _user()
    try:
        known = asyncio.run(join(text, name, home_folder()))
    except (Refusal, Unreachable, OSError) as error:
        problem = f"The hub cannot be reached: {error}." if isinstance(error, Unreachable) else str(error)
        echo(problem, err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    if as_json:
        echo_json({"version": 1, "hub": known.hub, "title": known.title, "address": known.address,
                               "member": known.member, "name": known.name})  # fmt: skip
        return
    echo(f"You have joined {known.title} as {known.name}.")
    if no_app or not terminal:
        echo("`fromscratch` shows it under Co-work; `fromscratch cowork --help` lists the commands.")
        return
    sys.exit(app_launcher().run_app(root, "cowork"))


def _user() -> str:
    """The login name."""
    try:
        return getpass.getuser().capitalize()
    except (OSError, KeyError):
        return "Somebody"
