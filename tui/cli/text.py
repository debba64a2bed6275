"""`fromscratch text`: texts to train on, printed or written to a file."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click

from exercises.texts import many_stories, short_story

UNITS = {"": 1, "KB": 1_000, "MB": 1_000_000}
MOST = 1_000_000_000


class Size(click.ParamType):
    """A number of characters: 500000, 500KB or 2.5MB."""

    name = "size"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"(\d+(?:\.\d+)?) ?(|KB|MB)", str(value).strip().upper())
        size = int(float(found[1]) * UNITS[found[2]]) if found else 0
        if not 0 < size <= MOST:
            self.fail(f"{value} is no size. Say 500KB or 2MB, for example; 1000MB is the most.", param, ctx)
        return size


@click.group("text")
def text_command() -> None:
    """Texts to train on: one short story, or as many simple stories as you want."""


OUTPUT = click.option("-o", "--output", type=click.Path(path_type=Path), help="Write to this file, which must be new.")


@text_command.command("story")
@OUTPUT
def story(output: Path | None) -> None:
    """The Ferry at Low Water: 20,000 characters, for small examples."""
    _give(short_story(), output)


@text_command.command("stories")
@click.option("--size", type=Size(), default="1MB", show_default=True, help="At least so much; whole stories.")
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed gives other stories.")
@OUTPUT
def stories(size: int, seed: int, output: Path | None) -> None:
    """Simple stories, a blank line after each; the same ones for the same seed."""
    _give(many_stories(size, seed), output)


def _give(text: str, output: Path | None) -> None:
    if output is None:
        sys.stdout.write(text)
        return
    try:
        with output.open("x", encoding="ascii") as file:
            file.write(text)
    except FileExistsError:
        raise click.UsageError(f"{output} is there already. Name a new file, or remove that one.") from None
    except OSError as error:
        raise click.UsageError(f"{output} cannot be written: {error.strerror}.") from None
    click.echo(f"{output}: {len(text):,} characters", err=True)
