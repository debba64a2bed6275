"""The command `fromscratch`: without a word it starts the app; each subcommand does what a screen does."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path

import click

from tui.cli_lazy import Lazy

# a command's module is imported when it is used, so that the app starts at once
COMMANDS = {
    "list": "tui.cli_list", "done": "tui.cli_list", "settings": "tui.cli_settings",
    "hint": "tui.cli_course", "diff": "tui.cli_course", "reset": "tui.cli_course",
    "solution": "tui.cli_course", "history": "tui.cli_course", "open": "tui.cli_course",
    "upgrade": "tui.cli_upgrade", "check": "tui.cli_check", "verify": "tui.cli_verify",
    "models": "tui.cli_models", "generate": "tui.cli_models", "text": "tui.cli_text",
    "glossary": "tui.cli_glossary", "quiz": "tui.cli_quiz",
    "project": "tui.cli_project", "doctor": "tui.cli_doctor", "host": "tui.cli_host",
    "join": "tui.cli_join", "cowork": "tui.cli_cowork", "serve": "tui.cli_serve", "worker": "tui.cli_worker",
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
