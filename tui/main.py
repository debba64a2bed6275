"""The command `fromscratch`: without a word it starts the app; each subcommand does what a screen does."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path

import click

from tui.cli.lazy_group import Lazy

# a command's module is imported when it is used, so that the app starts at once
COMMANDS = {
    "list": "tui.cli.list", "done": "tui.cli.list", "settings": "tui.cli.settings",
    "hint": "tui.cli.practice", "diff": "tui.cli.practice", "reset": "tui.cli.practice",
    "solution": "tui.cli.practice", "history": "tui.cli.practice", "open": "tui.cli.practice",
    "upgrade": "tui.cli.upgrade", "check": "tui.cli.check", "verify": "tui.cli.verify",
    "models": "tui.cli.models", "generate": "tui.cli.models", "text": "tui.cli.text",
    "glossary": "tui.cli.glossary", "quiz": "tui.cli.quiz",
    "project": "tui.cli.project", "doctor": "tui.cli.doctor", "host": "tui.cli.host",
    "join": "tui.cli.join", "cowork": "tui.cli.cowork.group", "serve": "tui.cli.serve", "worker": "tui.cli.worker",
}  # fmt: skip


@click.group(
    cls=Lazy, modules=COMMANDS, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.option("--workspace", type=click.Path(path_type=Path), help="Where your files are (default: ~/fromscratch).")
@click.version_option(package_name="fromscratch")
@click.pass_context
def cli(ctx: click.Context, workspace: Path | None) -> None:
    """Learn how large language models work by building one. Without a command, the app starts."""
    from learner.workspace import Workspace

    ctx.obj = Workspace.resolve(workspace)
    if ctx.invoked_subcommand is None:
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            click.echo("fromscratch is an app for a terminal, and this is none. `fromscratch --help` lists "
                       "the commands that work without one.", err=True)  # fmt: skip
            ctx.exit(2)
        from tui.app import run

        ctx.exit(run(ctx.obj))


def main() -> None:
    """The entry point. Exit codes: 0 passed, 1 not passed, 2 wrong usage or a fault of ours."""
    from exercises.course import UnknownExercise
    from exercises.load import CourseError
    from learner.errors import LearnerError

    try:
        cli(prog_name="fromscratch")
    except (UnknownExercise, CourseError, LearnerError) as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    except Exception:  # 1 would mean "not passed", which nobody has found out
        traceback.print_exc()
        click.echo("This is a fault of fromscratch itself; please report it with the lines above.", err=True)
        sys.exit(2)
