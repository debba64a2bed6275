"""`fromscratch train`: trains a small GPT on a text, in a process of its own."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import msgspec

from exercises.load import load_course
from learner.workspace import Workspace
from playground.own_parts import OwnParts, recorded_parts
from playground.training_messages import Begin
from playground.training_recipe import SIZES, STORIES, TRAINABLE, Recipe, RecipeError, trainable
from tui.cli.part_options import choose_parts
from tui.cli.run_training import run_training
from tui.cli.terminal import echo
from tui.cli.training_report import TrainingReport

POCKET = "pocket"  # has the parts of every model that can be trained
DEFAULTS = Recipe(texts=(), steps=1)


def _size_option(name: str, help: str) -> Callable[[Any], Any]:
    return click.option(f"--{name}", type=click.IntRange(1), help=help)


@click.command("train")
@click.argument("texts", metavar="TEXT...", nargs=-1)
@click.option("--out", type=click.Path(path_type=Path), help="Write checkpoints and the model to this new folder.")
@click.option("--resume", type=click.Path(path_type=Path), help="Continue the training in this folder exactly.")
@click.option("--steps", type=click.IntRange(1), help="Train for this many optimizer steps (default: 1000).")
@click.option("--minutes", type=click.FloatRange(0, min_open=True), help="Train for this time instead.")
@click.option("--size", type=click.Choice(list(SIZES)), default="small", show_default=True,
              help="Sizes of the model to start from; the options below replace single ones.")  # fmt: skip
@_size_option("emb-dim", "The dimension of the embeddings.")
@_size_option("n-heads", "Attention heads per layer.")
@_size_option("n-layers", "Transformer blocks.")
@_size_option("context-length", "Tokens that the model sees at once.")
@_size_option("vocab-size", "Tokens of the byte-level BPE, which is learned from the text.")
@_size_option("batch-size", "Sequences per optimizer step.")
@click.option("--drop-rate", type=float, default=DEFAULTS.drop_rate, show_default=True)
@click.option("--qkv-bias", is_flag=True, help="Give queries, keys and values a bias.")
@click.option("--validation", metavar="FILE", help="Held-out text (default: the last tenth of TEXT).")
@click.option("--documents", type=click.Choice(["file", "paragraph"]), default="file", show_default=True,
              help="What an <|endoftext|> precedes: each file, or each paragraph, as for stories.")  # fmt: skip
@click.option("--lr", type=float, default=DEFAULTS.lr, show_default=True, help="The highest learning rate.")
@click.option("--min-lr", type=float, default=DEFAULTS.min_lr, show_default=True, help="The last learning rate.")
@click.option("--warmup", type=float, default=DEFAULTS.warmup, show_default=True,
              help="The fraction of the training in which the learning rate rises.")  # fmt: skip
@click.option("--weight-decay", type=float, default=DEFAULTS.weight_decay, show_default=True)
@click.option("--clip", type=float, default=DEFAULTS.clip, show_default=True, help="The largest gradient norm.")
@click.option("--seed", type=click.IntRange(0, 2**31), default=DEFAULTS.seed, show_default=True)
@click.option("--threads", type=click.IntRange(0, 1024), default=0, help="Processor threads (default: all).")
@click.option("--precision", type=click.Choice(["float32", "bfloat16"]), default="float32", show_default=True,
              help="Of matrix products. bfloat16 is faster on processors that support it.")  # fmt: skip
@click.option("--log-every", type=click.IntRange(1), default=DEFAULTS.log_every, show_default=True, metavar="STEPS")
@click.option("--eval-every", type=click.IntRange(1), default=DEFAULTS.eval_every, show_default=True, metavar="STEPS")
@click.option("--sample-every", type=click.IntRange(1), default=DEFAULTS.sample_every, show_default=True,
              metavar="STEPS")  # fmt: skip
@click.option("--save-minutes", type=float, default=DEFAULTS.save_minutes, show_default=True,
              help="Save a checkpoint after this time.")  # fmt: skip
@click.option("--prompt", default="", help="The beginning of the samples.")
@click.option("--part", "chosen", multiple=True, metavar="PART=OWNER",
              help="Whose PART: mine, reference, or an exercise that supplies it. Can be given several times.",
              )  # fmt: skip
@click.option("--parts", type=click.Choice(["mine", "reference"]), default="reference", show_default=True,
              help="Whose parts where no --part says it: the reference's, or yours that passed.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_obj
def train_command(
    root: Path, texts: tuple[str, ...], out: Path | None, resume: Path | None, size: str, steps: int | None,
    minutes: float | None, parts: str, chosen: tuple[str, ...], as_json: bool, **options: Any,
) -> None:  # fmt: skip
    """Train a small GPT on text files. Ctrl-C saves a checkpoint and stops; --resume continues exactly.

    TEXT is a file, or stories:5MB for five million characters of simple stories (stories:5MB:7 for seed 7).
    """
    if steps is not None and minutes is not None:
        raise click.UsageError("Give either --steps or --minutes.")
    if resume is not None:
        if texts or out:
            raise click.UsageError("--resume continues with the text and the folder of that training: give no others.")
        begin = Begin(str(resume), None, steps, minutes)
        choices = recorded_parts(resume)
    else:
        choices = _choices(OwnParts(Workspace(root, load_course())), chosen, parts)
        options |= {"texts": texts, "steps": steps, "minutes": minutes, "parts": choices}
        begin = Begin(str(_required_folder(texts, out)), _recipe(size, options))
    if choices:
        own = OwnParts(Workspace(root, load_course()))
        begin = msgspec.structs.replace(begin, files=own.files(choices.values()))
    sys.exit(asyncio.run(run_training(begin, TrainingReport(Path(begin.out)).line, as_json)))


def _required_folder(texts: tuple[str, ...], out: Path | None) -> Path:
    if not texts:
        raise click.UsageError("Give a text file, or stories:5MB for simple stories.")
    if out is None:
        raise click.UsageError("Give a new folder for the model: --out DIR.")
    return out


def _choices(own: OwnParts, chosen: tuple[str, ...], rest: str) -> dict[str, str]:
    """Returns the exercise of each part that is the learner's."""
    choices = choose_parts(own, POCKET, chosen, rest)
    for option in chosen:
        if (name := option.partition("=")[0]) not in TRAINABLE:
            raise click.UsageError(f"A training has no part {name!r}. Its parts are {', '.join(TRAINABLE)}.")
        if name in choices and not trainable({name: choices[name]}):
            raise click.UsageError(
                f"The weights of {choices[name]} are not those of the book's GPT, which a training saves. Train with "
                f"a different {name}, then use the model with `--part {name}={choices[name]}`."
            )
    choices = trainable(choices)
    if rest == "mine" and not choices:
        echo("You have passed no exercise whose part can be trained, so all parts are the reference's.", err=True)
    return choices


def _recipe(size: str, options: dict[str, Any]) -> Recipe:
    settings = {**SIZES[size], **{name: value for name, value in options.items() if value is not None}}
    if "steps" not in settings and "minutes" not in settings:
        settings["steps"] = 1000
    settings |= {"texts": tuple(map(_absolute, settings["texts"])), "validation": _absolute(options["validation"])}
    try:
        return msgspec.convert(settings, Recipe)
    except (RecipeError, msgspec.ValidationError) as error:
        raise click.UsageError(str(error)) from None


def _absolute(text: str | None) -> str | None:
    """Returns a path that holds in any folder, because a training without its data reads its texts again."""
    return text if text is None or STORIES.fullmatch(text) else os.path.abspath(os.path.expanduser(text))
