"""`fromscratch text`: texts for training, printed or written to a file."""

from __future__ import annotations

import re
from pathlib import Path

import click

from exercises.texts import instruction_entries, labelled_messages, many_stories, short_story
from exercises.texts.instructions import as_json
from exercises.texts.messages import as_csv, as_tsv
from exercises.texts.sums import solved_sums
from tui.cli.terminal import echo

UNITS = {"": 1, "KB": 1_000, "MB": 1_000_000}
MAX_SIZE = 1_000_000_000


class Size(click.ParamType):
    """A number of characters: 500000, 500KB or 2.5MB."""

    name = "size"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        match = re.fullmatch(r"(\d+(?:\.\d+)?) ?(|KB|MB)", str(value).strip().upper())
        size = int(float(match[1]) * UNITS[match[2]]) if match else 0
        if not 0 < size <= MAX_SIZE:
            self.fail(f"{value} is not a size. Give 500KB or 2MB, for example, and not more than 1000MB.", param, ctx)
        return size


@click.group("text")
def text_command() -> None:
    """Print texts for training: stories, labelled messages, instructions, or sums."""


output_option = click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Write to this file, which must not exist."
)


@text_command.command("story")
@output_option
def story_command(output: Path | None) -> None:
    """Print The Ferry at Low Water: 20,000 characters, for small examples."""
    _write(short_story(), output)


@text_command.command("stories")
@click.option("--size", type=Size(), default="1MB", show_default=True, help="Print at least this many characters.")
@click.option("--seed", type=int, default=0, show_default=True, help="The seed of the stories.")
@output_option
def stories_command(size: int, seed: int, output: Path | None) -> None:
    """Print simple stories, each followed by a blank line. The same seed gives the same stories."""
    _write(many_stories(size, seed), output)


@text_command.command("sums")
@click.option("--size", type=Size(), default="1MB", show_default=True, help="Print at least this many characters.")
@click.option("--seed", type=int, default=0, show_default=True, help="The seed of the sums.")
@output_option
def sums_command(size: int, seed: int, output: Path | None) -> None:
    """Print sums with their solutions, some step by step: the data of the model abacus."""
    _write(solved_sums(size, seed), output)


@text_command.command("messages")
@click.option("--format", "form", type=click.Choice(["csv", "tsv"]), default="csv", show_default=True,
              help="csv has the header Label,Text; tsv is tab-separated and has none.")  # fmt: skip
@output_option
def messages_command(form: str, output: Path | None) -> None:
    """Print 1,500 text messages labelled ham or spam, the data of chapter 6."""
    messages = labelled_messages()
    _write(as_csv(messages) if form == "csv" else as_tsv(messages), output)


@text_command.command("instructions")
@output_option
def instructions_command(output: Path | None) -> None:
    """Print 1,100 instructions with their responses as JSON, the data of chapter 7."""
    _write(as_json(instruction_entries()), output)


def _write(text: str, output: Path | None) -> None:
    if output is None:
        echo(text, nl=False)
        return
    try:
        with output.open("x", encoding="ascii", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise click.UsageError(f"{output} already exists. Name a new file or remove this one.") from None
    except OSError as error:
        raise click.UsageError(f"{output} cannot be written: {error.strerror}.") from None
    echo(f"{output}: {len(text):,} characters", err=True)
