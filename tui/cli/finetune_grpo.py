"""`fromscratch finetune grpo`: trains a model with a verifiable reward, in a process of its own."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import click

from exercises.load import load_course
from learner.workspace import Workspace
from playground.catalogue import ABACUS
from playground.finetune_model import ModelMissing, find_model
from playground.grpo_messages import Grpo
from playground.grpo_recipe import GRPO_EXERCISES, GrpoRecipe, GrpoRecipeError, recorded_recipe
from playground.messages import LearnerFile
from playground.model_folder import is_model_folder
from playground.own_parts import OwnParts
from tui.cli.grpo_report import GrpoReport
from tui.cli.run_training import run_training

MINUTES = 5.0
EXAMPLE = "fromscratch finetune grpo --out calculator"


@click.command("grpo", epilog=f"Example: {EXAMPLE}")
@click.option(
    "--model",
    default=ABACUS.name,
    show_default=True,
    metavar="NAME|DIR",
    help="A shipped model, or the folder of a GPT that you trained on `fromscratch text sums`.",
)
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Write to this new folder.")
@click.option(
    "--resume", type=click.Path(path_type=Path), metavar="DIR", help="Continue the training in this folder exactly."
)
@click.option("--minutes", type=click.FloatRange(0, min_open=True), help=f"End after this time (default: {MINUTES:g}).")
@click.option("--steps", type=click.IntRange(1), help="End after this many steps instead.")
@click.option(
    "--reward",
    type=click.Choice(["answer", "format"]),
    default="answer",
    show_default=True,
    help="Reward the right answer, or steps and a box, right or wrong: then see what the model learns.",
)
@click.option("--problems", type=click.IntRange(1), default=8, show_default=True, help="Problems of a step.")
@click.option(
    "--rollouts",
    "num_rollouts",
    type=click.IntRange(2),
    default=16,
    show_default=True,
    help="Completions of each problem.",
)
@click.option("--temperature", type=float, default=1.0, show_default=True)
@click.option(
    "--inner-epochs", type=click.IntRange(1), default=1, show_default=True, help="Changes with the same completions."
)
@click.option("--clip", type=float, default=0.2, show_default=True, help="How far the ratio may move.")
@click.option("--beta", type=float, default=0.0, show_default=True, help="The weight of the KL divergence.")
@click.option("--lr", type=float, default=GrpoRecipe(steps=1).lr, show_default=True, help="The highest learning rate.")
@click.option(
    "--parts",
    type=click.Choice(["mine", "reference"]),
    default="mine",
    show_default=True,
    help="Use your reasoning-run, grpo-loss and answer-check where they have passed, or the reference's.",
)
@click.option("--seed", type=click.IntRange(0, 2**31), default=0, show_default=True)
@click.option("--threads", type=click.IntRange(0, 1024), default=0, help="Processor threads (default: all).")
@click.option("--log-every", type=click.IntRange(1), default=5, show_default=True, metavar="STEPS")
@click.option("--eval-every", type=click.IntRange(1), default=50, show_default=True, metavar="STEPS")
@click.option(
    "--held-out",
    type=click.IntRange(1),
    default=GrpoRecipe(steps=1).held_out,
    show_default=True,
    metavar="PROBLEMS",
    help="Problems on which it is measured.",
)
@click.option("--save-minutes", type=float, default=1.0, show_default=True, help="Save a checkpoint after this time.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_obj
def grpo_command(
    root: Path, out: Path | None, resume: Path | None, steps: int | None, minutes: float | None, model: str,
    as_json: bool, **settings: Any,
) -> None:  # fmt: skip
    """Train a model to calculate with GRPO and a verifiable reward. Ctrl-C saves and stops."""
    if steps is not None and minutes is not None:
        raise click.UsageError("Give either --steps or --minutes.")
    files = grpo_files(root)
    try:
        if resume is not None:
            if out is not None:
                raise click.UsageError("--resume continues in the folder of that training: give no other.")
            base = find_model(recorded_recipe(resume).model)
            request = Grpo(str(resume), base.path, None, steps, minutes, files)
        else:
            if out is None:
                raise click.UsageError("Give a new folder for what is trained: --out DIR.")
            base = find_model(model)
            end = MINUTES if steps is None and minutes is None else minutes
            recipe = GrpoRecipe(**settings, model=base.name, steps=steps, minutes=end)
            request = Grpo(str(out), base.path, recipe, files=files if recipe.parts == "mine" else [])
    except (GrpoRecipeError, ModelMissing) as error:
        raise click.UsageError(str(error)) from None
    if not is_model_folder(Path(base.path)):
        raise click.UsageError(f"GRPO trains {ABACUS.name}, or a GPT that `fromscratch train` wrote, not {base.name}.")
    report = GrpoReport(Path(request.out))
    sys.exit(asyncio.run(run_training(request, report.line, as_json)))


def grpo_files(root: Path) -> list[LearnerFile]:
    """Returns the learner's files of GRPO's exercises that have passed, and those that they import from."""
    return OwnParts(Workspace(root, load_course())).passed_files(GRPO_EXERCISES)
