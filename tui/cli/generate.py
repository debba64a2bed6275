"""`fromscratch generate`: a model's continuation of a prompt."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click

from playground.command import stream
from playground.session import Sampling
from tui.cli.passed_files import passed_files
from tui.cli.terminal import echo


@click.command("generate")
@click.argument("prompt")
@click.option("--model", default="smollm2", show_default=True, help="Generate with this model.")
@click.option("--greedy", is_flag=True, help="Always choose the most probable token.")
@click.option("--temperature", type=click.FloatRange(0.0, 10.0), default=0.8, show_default=True)
@click.option("--top-k", type=click.IntRange(1), help="Sample from the k most probable tokens.")
@click.option("--top-p", type=click.FloatRange(0.0, 1.0, min_open=True),
              help="Sample from the smallest set of tokens with at least this probability in total.")  # fmt: skip
@click.option("--seed", type=int, help="Seed the random draws; the same seed gives the same tokens.")
@click.option("--max-tokens", type=click.IntRange(1), default=200, show_default=True)
@click.option("--stop", multiple=True, help="Stop before this text. Can be given several times.")
@click.option("--parts", type=click.Choice(["mine", "reference"]), default="reference", show_default=True,
              help="Run the model with the reference's parts, or with yours where they have passed.")  # fmt: skip
@click.option("--exact", is_flag=True, help="Compute in float32: slower, without the rounding of quantized arithmetic.")
@click.pass_obj
def generate_command(
    root: Path, prompt: str, model: str, greedy: bool, temperature: float, top_k: int | None, top_p: float | None,
    seed: int | None, max_tokens: int, stop: tuple[str, ...], parts: str, exact: bool,
) -> None:  # fmt: skip
    """Continue PROMPT with a model. The text goes to standard output as it is generated."""
    sampling = Sampling(temperature=temperature, top_k=top_k, top_p=top_p, seed=seed, greedy=greedy,
                        max_tokens=max_tokens, stop=stop)  # fmt: skip

    def write(text: str) -> None:
        echo(text, nl=False)

    def notify(line: str) -> None:
        echo(line, err=True)

    passed = [(id, Path(path)) for id, path in passed_files(root)] if parts == "mine" else []
    if parts == "mine" and not passed:
        echo("You have not passed an exercise yet, so all parts are the reference's.", err=True)
    try:
        sys.exit(asyncio.run(stream(prompt, model, sampling, passed, write, notify, root, exact)))
    except KeyboardInterrupt:
        sys.exit(130)
