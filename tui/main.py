"""The command `fromscratch`: starts the app, or runs a subcommand."""

from __future__ import annotations

import io
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.cli.lazy_group import LazyGroup
from tui.cli.terminal import configure_output, echo, output_failure

if TYPE_CHECKING:
    from learner.other_courses import OtherCourse
    from learner.project import Project

NAMES = (
    "list", "done", "settings", "task", "hint", "diff", "reset", "solution", "history", "open", "upgrade", "check",
    "try", "verify", "new", "models", "generate", "chat", "parts", "compare", "train", "finetune", "text", "glossary",
    "quiz", "recall", "race", "project", "doctor", "host", "join", "cowork", "serve", "worker", "mcp",
)  # fmt: skip
# `try` is a word of Python
MODULES = {name: f"tui.cli.{'try_it' if name == 'try' else name}" for name in NAMES}


@click.group(
    cls=LazyGroup,
    modules=MODULES,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--workspace", metavar="DIR", help="The folder of your files (default: ~/fromscratch).")
@click.option(
    "--course", metavar="DIR", envvar="FROMSCRATCH_COURSE", help="The course of a folder, such as a teacher's."
)
@click.option("--trust", is_flag=True, help="With --course: trust the code of this course; else you are asked.")
@click.version_option(package_name="fromscratch")
@click.pass_context
def cli(ctx: click.Context, workspace: str | None, course: str | None, trust: bool) -> None:
    """Learn how large language models work by building one. Without a command, the app starts."""
    from learner.workspace import Workspace
    from tui.cli import app_launcher

    ctx.obj = Workspace.resolve(workspace)
    other = None
    if course:
        from tui.cli.course_option import select_course

        other = select_course(course, trust, ctx.obj, ctx.invoked_subcommand)
        ctx.obj = other.root
    elif trust:
        raise click.UsageError("--trust belongs to --course DIR.")
    ctx.meta[app_launcher.KEY] = app_launcher.AppLauncher(_run_app, _present)
    if ctx.invoked_subcommand is None:
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            echo("The app needs a terminal. `fromscratch --help` lists the commands that work without one.", err=True)
            ctx.exit(2)
        ctx.exit(_run_app(ctx.obj) if other is None or _open_course(other) else 1)


def _open_course(other: OtherCourse) -> bool:
    from tui.screens.open_course import open_course

    return open_course(other)


def _run_app(root: Path, mode: str | None = None) -> int:
    from tui.app import run

    return run(root, mode)


def _present(project: Project) -> None:
    from tui.screens.presentation import present

    present(project)


def main() -> None:
    """The entry point. Exit codes: 0 passed, 1 not passed, 2 wrong usage or an internal error."""
    from exercises.course import UnknownExercise
    from exercises.load import CourseError
    from learner.errors import LearnerError

    configure_output()
    code: int | str | None = 2
    try:
        code = cli.main(prog_name="fromscratch", standalone_mode=False)
    except SystemExit as stop:
        code = stop.code
    except click.ClickException as error:
        text = io.StringIO()
        error.show(text)
        echo(text.getvalue(), err=True, nl=False)
        code = error.exit_code
    except click.Abort:
        echo("Stopped.", err=True)
        code = 1
    except (UnknownExercise, CourseError, LearnerError) as error:
        echo(error, err=True)
    except Exception as error:  # Python's own exit code would be 1, which means "not passed".
        if reason := output_failure(error):
            echo(f"The output cannot be written: {reason}.", err=True)
        else:
            traceback.print_exc()
            echo("This is an error in fromscratch itself. Please report it with the lines above.", err=True)
    if reason := output_failure():
        echo(f"The output cannot be written: {reason}.", err=True)
        code = 2
    sys.exit(code)
