"""`fromscratch compare`: what the learner's parts change in a model."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path

import click
import msgspec

from exercises.load import load_course
from learner.workspace import Workspace
from playground.assembly_messages import Comparison
from playground.own_parts import STATE_WORDS, OwnParts
from playground.session import Session, SessionError
from tui import comparison as words
from tui.cli.part_options import choose_parts
from tui.cli.terminal import echo, echo_json

LAYERS, BAR = 12, 24
JSON_VERSION = 1


@click.command("compare")
@click.argument("parts", nargs=-1, required=True, metavar="PART…")
@click.option("--model", default="pocket", show_default=True, help="Compare in this model.")
@click.option("--prompt", default="", help="Both models continue this text.")
@click.option("--max-tokens", type=click.IntRange(1, 400), default=40, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def compare_command(
    root: Path, parts: tuple[str, ...], model: str, prompt: str, max_tokens: int, as_json: bool
) -> None:
    """Show what your PART changes: the text, the loss, the probabilities, and the first layer that differs.

    PART is a part's id, such as attention, or attention=EXERCISE for one of the exercises that supply it. A part that
    has not passed can be compared, too. `fromscratch parts` lists them.
    """
    own = OwnParts(Workspace(root, load_course()))
    choices = choose_parts(own, model, parts, "reference")
    for part, exercise in choices.items():
        echo(f"Your {part} is {exercise}, {STATE_WORDS[own.state(exercise)]}.", err=True)
    try:
        comparison = asyncio.run(_compare(model, choices, own, prompt, max_tokens))
    except SessionError as error:
        echo(str(error), err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    if as_json:
        fields = msgspec.structs.asdict(comparison)
        del fields["request"]
        echo_json({"version": JSON_VERSION, "model": model, **msgspec.to_builtins(fields)})
    else:
        _print(comparison)


async def _compare(model: str, choices: Mapping[str, str], own: OwnParts, prompt: str, max_tokens: int) -> Comparison:
    async with Session(model, read_files=lambda: own.files(choices.values())) as session:
        comparison = await session.compare(choices, prompt, max_tokens)
        for fault in session.faults:
            echo(fault.message, err=True)
    if comparison is None:
        raise SessionError("The comparison was cancelled.")
    return comparison


def _print(comparison: Comparison) -> None:
    echo(words.headline(comparison), bold=True)
    for note in comparison.notes:
        echo(note)
    echo()
    for name, pieces in (("reference", comparison.reference_text), ("yours", comparison.yours_text)):
        same, rest = (
            "".join(part).replace("\n", "↵")
            for part in (pieces[: comparison.same_tokens], pieces[comparison.same_tokens :])
        )
        echo(f"{name:<10} {comparison.prompt}{same}{f' ‖ {rest}' if rest else ''}")
    echo()
    echo(words.loss_line(comparison))
    echo(words.kl_line(comparison))
    for token in comparison.kl_worst:
        echo(f"  {words.worst_line(token)}")
    echo(words.layer_line(comparison))
    for layer in words.shown_layers(comparison, LAYERS) if comparison.first is not None else ():
        shown = words.percent(layer.difference)
        echo(f"  {layer.name:<24} {shown:>9}  {words.bar(layer.difference, BAR)}")
    echo(words.speed_line(comparison))
