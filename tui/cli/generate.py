"""`fromscratch generate`: a model's continuation of a prompt."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click

from exercises.load import load_course
from learner.workspace import Workspace
from playground import store
from playground.catalogue import SMOLLM2
from playground.command import stream
from playground.messages import LearnerFile
from playground.own_parts import OwnParts
from playground.session import Sampling
from tui.cli.part_options import choose_parts
from tui.cli.terminal import echo


@click.command("generate")
@click.argument("prompt")
@click.option("--model", metavar="NAME|DIR", show_default="smollm2 if it is installed, else pocket",
              help="Generate with this model, or with one that you trained into a folder.")  # fmt: skip
@click.option("--adapter", type=click.Path(path_type=Path), metavar="DIR",
              help="Change the model by what `fromscratch finetune` has written to this folder.")  # fmt: skip
@click.option("--greedy", is_flag=True, help="Always choose the most probable token.")
@click.option("--temperature", type=click.FloatRange(0.0, 10.0), default=0.8, show_default=True)
@click.option("--top-k", type=click.IntRange(1), help="Sample from the k most probable tokens.")
@click.option("--top-p", type=click.FloatRange(0.0, 1.0, min_open=True),
              help="Sample from the smallest set of tokens with at least this probability in total.")  # fmt: skip
@click.option("--min-p", type=click.FloatRange(0.0, 1.0),
              help="Sample from the tokens that are at least this many times as probable as the first.")  # fmt: skip
@click.option("--seed", type=int, help="Seed the random draws; the same seed gives the same tokens.")
@click.option("--max-tokens", type=click.IntRange(1), default=200, show_default=True)
@click.option("--stop", multiple=True, help="Stop before this text. Can be given several times.")
@click.option("--part", "chosen", multiple=True, metavar="PART=OWNER",
              help="Whose PART: mine, reference, or an exercise that supplies it. Can be given several times.",
              )  # fmt: skip
@click.option("--parts", type=click.Choice(["mine", "reference"]), default="reference", show_default=True,
              help="Whose parts where no --part says it: the reference's, or yours that passed.")  # fmt: skip
@click.option("--exact", is_flag=True, help="Compute in float32: slower, without the rounding of quantized arithmetic.")
@click.pass_obj
def generate_command(
    root: Path, prompt: str, model: str | None, greedy: bool, temperature: float, top_k: int | None,
    top_p: float | None, min_p: float | None, seed: int | None, max_tokens: int, stop: tuple[str, ...],
    chosen: tuple[str, ...], parts: str, exact: bool, adapter: Path | None,
) -> None:  # fmt: skip
    """Continue PROMPT with a model. The text goes to standard output as it is generated."""
    sampling = Sampling(temperature=temperature, top_k=top_k, top_p=top_p, seed=seed, greedy=greedy,
                        max_tokens=max_tokens, stop=stop, min_p=min_p)  # fmt: skip

    def write(text: str) -> None:
        echo(text, nl=False)

    def notify(line: str) -> None:
        echo(line, err=True)

    if model is None:
        model = "" if adapter is not None else store.default_model()  # "": the one that the adapter changes
    own = OwnParts(Workspace(root, load_course()))
    choices = choose_parts(own, model or SMOLLM2.name, chosen, parts)
    if parts == "mine" and not choices:
        echo("You have passed no exercise that supplies a part of this model, so all are the reference's.", err=True)

    def read_files() -> list[LearnerFile]:
        return own.files(choices.values())

    try:
        sys.exit(asyncio.run(stream(prompt, model, sampling, choices, read_files, write, notify, exact, adapter)))
    except KeyboardInterrupt:
        sys.exit(130)
