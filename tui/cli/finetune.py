"""`fromscratch finetune`: adapts a model to instructions or to labelled messages, in a process of its own."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import msgspec

from exercises.load import load_course
from learner.workspace import Workspace
from playground.adapter_folder import AdapterError, read_adapter
from playground.finetune_messages import Finetune, UseAdapter
from playground.finetune_model import ModelMissing, find_model
from playground.finetune_recipe import DEFAULT_BLOCKS, DEFAULT_LR, FinetuneRecipe, FinetuneRecipeError, Method
from playground.messages import LearnerFile
from playground.own_parts import OwnParts
from tui.cli.finetune_grpo import grpo_command
from tui.cli.finetune_report import FinetuneReport, use_line
from tui.cli.run_training import run_training

MINUTES = 5.0
LORA_EXERCISES = "lora-layer", "lora-inject", "lora-merge"
Decorator = Callable[[Any], Any]

EXAMPLES = {
    "lora": "fromscratch finetune lora --model smollm2 --minutes 5 --out my-lora",
    "instruct": "fromscratch finetune instruct --model smollm2 --blocks 4 --minutes 5 --out my-assistant",
    "classify": "fromscratch finetune classify --model smollm2 --minutes 3 --out spam-filter",
}


class Blocks(click.ParamType):
    """A number of blocks, or all of them."""

    name = "blocks"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        text = str(value)
        if text == "all":
            return 1 << 16
        if not text.isdecimal() or int(text) < 1:
            self.fail(f"{text} is neither a number from 1 on nor all.", param, ctx)
        return int(text)


def common_options(method: Method) -> Decorator:
    """The options of every method."""
    options: list[Decorator] = [
        click.option("--model", default="smollm2", show_default=True, metavar="NAME|PATH",
                     help="An installed model, a GGUF file, or the folder of a model that you trained."),
        click.option("--data", type=click.Path(path_type=Path), metavar="FILE",
                     help="Your own messages: CSV with the columns Label,Text (default: the course's 1,500)."
                     if method == "classify" else
                     "Your own instructions: JSON, a list of objects with instruction, input and output "
                     "(default: the course's 1,100)."),
        click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Write to this new folder."),
        click.option("--resume", type=click.Path(path_type=Path), metavar="DIR",
                     help="Continue the fine-tuning in this folder exactly."),
        click.option("--minutes", type=click.FloatRange(0, min_open=True),
                     help=f"End after this time, with what is measured before and after (default: {MINUTES:g})."),
        click.option("--steps", type=click.IntRange(1), help="End after this many optimizer steps instead."),
        click.option("--blocks", type=Blocks(), default=str(DEFAULT_BLOCKS[method]),
                     show_default=True, metavar="N|all",
                     help="Adapt the last N blocks; the others are computed once for each example."),
        click.option("--lr", type=float, default=DEFAULT_LR[method], show_default=True,
                     help="The highest learning rate."),
        click.option("--batch-size", type=click.IntRange(1), default=8, show_default=True),
        click.option("--max-length", type=click.IntRange(8), default=256, show_default=True,
                     help="Tokens of the longest example."),
        click.option("--seed", type=click.IntRange(0, 2**31), default=0, show_default=True),
        click.option("--threads", type=click.IntRange(0, 1024), default=0, help="Processor threads (default: all)."),
        click.option("--log-every", type=click.IntRange(1), default=5, show_default=True, metavar="STEPS"),
        click.option("--eval-every", type=click.IntRange(1), default=100, show_default=True, metavar="STEPS"),
        click.option("--save-minutes", type=float, default=1.0, show_default=True,
                     help="Save a checkpoint after this time."),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line."),
        click.pass_obj,
    ]  # fmt: skip

    def decorate(function: Any) -> Any:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


@click.group("finetune", epilog=f"Example: {EXAMPLES['lora']}")
def finetune_command() -> None:
    """Fine-tune a model: LoRA, its last blocks, a classifier, or GRPO with a reward."""


finetune_command.add_command(grpo_command)


@finetune_command.command("lora", epilog=f"Example: {EXAMPLES['lora']}")
@common_options("lora")
@click.option("--rank", type=int, default=8, show_default=True, help="The rank of A and B.")
@click.option("--alpha", type=float, default=16.0, show_default=True, help="The factor of the change.")
@click.option("--targets", default="W_query,W_value", show_default=True,
              help="The linear layers of a block that get LoRA layers, separated by commas, or all.")  # fmt: skip
@click.option("--answers", type=click.IntRange(0), default=4, show_default=True,
              help="Held-out instructions whose answers are compared.")  # fmt: skip
@click.option("--parts", type=click.Choice(["reference", "mine"]), default="reference", show_default=True,
              help="Use the reference's LoRA layers, or yours where you have passed lora-layer, lora-inject and "
              "lora-merge.")  # fmt: skip
def lora_command(root: Path, targets: str, **options: Any) -> None:
    """Train LoRA layers beside a model's frozen weights.

    The examples are instructions with responses. Ctrl-C saves and stops.
    """
    names = tuple(name for part in targets.split(",") if (name := part.strip()))
    _run(root, "lora", targets=names, **options)


@finetune_command.command("instruct", epilog=f"Example: {EXAMPLES['instruct']}")
@common_options("instruct")
@click.option("--answers", type=click.IntRange(0), default=4, show_default=True,
              help="Held-out instructions whose answers are compared.")  # fmt: skip
def instruct_command(root: Path, **options: Any) -> None:
    """Train a model's last blocks, or all of it, on instructions. Ctrl-C saves and stops."""
    _run(root, "instruct", **options)


@finetune_command.command("classify", epilog=f"Example: {EXAMPLES['classify']}")
@common_options("classify")
@click.option("--try", "tried", metavar="TEXT", multiple=True,
              help="Classify TEXT with the classifier in --out DIR; train nothing.")  # fmt: skip
def classify_command(root: Path, tried: tuple[str, ...], **options: Any) -> None:
    """Turn a model into a classifier of messages, such as spam or ham. Ctrl-C saves and stops."""
    if tried:
        folder = options["out"] or options["resume"]
        if folder is None:
            raise click.UsageError("Give the folder of the classifier: --out DIR.")
        _use(Path(folder), options["as_json"], texts=tried)
    _run(root, "classify", **options)


@finetune_command.command("merge")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path),
              help="The new model: a GGUF file for a Llama, a safetensors file for GPT-2, a folder for a GPT that you "
              "trained.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def merge_command(folder: Path, out: Path, as_json: bool) -> None:
    """Merge the adapter in DIR into its model.

    `generate --model` loads the new model; `models add gpt2 --from` installs a new GPT-2.
    """
    _use(folder, as_json, out=out)


def _run(
    root: Path, method: Method, out: Path | None, resume: Path | None, steps: int | None, minutes: float | None,
    model: str, data: Path | None, as_json: bool, **settings: Any,
) -> None:  # fmt: skip
    """Starts or continues a fine-tuning and exits with its code."""
    if steps is not None and minutes is not None:
        raise click.UsageError("Give either --steps or --minutes.")
    try:
        if resume is not None:
            if out is not None or data is not None:
                raise click.UsageError("--resume continues with the data and the folder of that fine-tuning: give no "
                                       "others.")  # fmt: skip
            config = read_adapter(resume)
            if config.method != method:
                raise click.UsageError(f"{resume} has a fine-tuning of the kind {config.method}: continue it with "
                                       f"`fromscratch finetune {config.method} --resume {resume}`.")  # fmt: skip
            base = find_model(config.base.model)
            request = Finetune(str(resume), base.path, None, base.vocabulary, steps, minutes, lora_files(root),
                               time.time())  # fmt: skip
        else:
            if out is None:
                raise click.UsageError("Give a new folder for what is trained: --out DIR.")
            base = find_model(model)
            recipe = msgspec.convert(
                {**settings, "method": method, "model": base.name, "steps": steps,
                 "minutes": MINUTES if steps is None and minutes is None else minutes,
                 "data": str(data.expanduser().absolute()) if data else None},
                FinetuneRecipe,
            )  # fmt: skip
            request = Finetune(str(out), base.path, recipe, base.vocabulary, files=lora_files(root),
                               asked_at=time.time())  # fmt: skip
    except (ModelMissing, AdapterError, FinetuneRecipeError, msgspec.ValidationError) as error:
        raise click.UsageError(str(error)) from None
    report = FinetuneReport(Path(request.out), method)
    sys.exit(asyncio.run(run_training(request, report.line, as_json)))


def lora_files(root: Path) -> list[LearnerFile]:
    """Returns the learner's files of the LoRA exercises that have passed, and those that they import from."""
    own = OwnParts(Workspace(root, load_course()))
    return own.files(exercise for exercise in LORA_EXERCISES if own.state(exercise) == "passed")


def _use(folder: Path, as_json: bool, texts: tuple[str, ...] = (), out: Path | None = None) -> None:
    """Classifies texts with an adapter, or merges it into a model, and exits."""
    try:
        base = find_model(read_adapter(folder).base.model)
    except (ModelMissing, AdapterError) as error:
        raise click.UsageError(str(error)) from None
    request = UseAdapter(str(folder), base.path, base.vocabulary, list(texts), str(out) if out else None)
    sys.exit(asyncio.run(run_training(request, use_line, as_json)))
