"""`fromscratch --course DIR`: selects the course of a folder for a command."""

from __future__ import annotations

import asyncio
import shutil
import sys
import textwrap
from pathlib import Path

import click

from learner.other_courses import OtherCourse, read_course
from tui import other_course
from tui.cli.grading import open_grader
from tui.cli.terminal import confirm, echo

WIDTH = 100
AUTHORS = ("verify", "new")  # they work on a course that is not proved yet
COMMANDS = frozenset(
    ("list", "done", "settings", "task", "hint", "diff", "reset", "solution", "history", "open", "upgrade", "check",
     "try", "glossary", "quiz", "recall", "race", "mcp", "doctor", *AUTHORS)
)  # fmt: skip


def select_course(folder: str, trusted: bool, workspace_root: Path, command: str | None) -> OtherCourse:
    """Selects a course, after consent and proof, and returns it. Raises CourseError, UsageError and Abort.

    For the app (`command` is None) it only reads the course: the app asks.
    """
    if command is not None and command not in COMMANDS:
        raise click.UsageError(f"`{command}` works with the program's own course only. Leave --course out.")
    other = read_course(Path(folder), workspace_root)
    if not other.course.exercises and command != "new":
        new = f"`fromscratch --course {folder} new` writes the first one."
        raise click.UsageError(f"The course in {other.folder} has no exercise yet. {new}")
    if trusted and not other.is_trusted:
        other = other_course.trust(other)
    if command is None:
        return other
    if not other.is_trusted:
        other = _ask(other)
    other_course.use(other)
    if not other.is_proved and command not in AUTHORS:
        asyncio.run(_prove(other))
    return other


def _ask(other: OtherCourse) -> OtherCourse:
    width = min(shutil.get_terminal_size().columns, WIDTH)
    for line in other_course.what_it_may_do(other).splitlines():
        echo(textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False), err=True)
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError("Nobody can be asked here. If you trust the course, add --trust once.")
    echo(err=True)
    if not confirm("Do you trust this course?", err=True):
        raise click.Abort
    return other_course.trust(other)


async def _prove(other: OtherCourse) -> None:
    echo(f"Proving {other.course.title}, once for this version of it:", err=True)
    async with open_grader() as grader:
        async for result in other_course.prove(other, grader):
            echo(f"  {'✓' if result.proved else '✗'} {result.id}", err=True)
