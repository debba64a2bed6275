"""`fromscratch doctor`: what this machine offers, and what to do about what is missing."""

from __future__ import annotations

import asyncio
import importlib.metadata
import os
import platform
import shutil
import sys
from pathlib import Path
from typing import Any

import click


@click.command("doctor")
@click.pass_obj
def doctor_command(root: Path) -> None:
    """What holds on this machine: versions, isolation, editor, models."""
    from engine.client import EngineError
    from grader.check import GraderError
    from playground.store import gpt2_vocabulary, models

    def line(fine: bool, text: str) -> None:
        click.echo(f"{'✓' if fine else '✗'} {text}")

    line(sys.version_info >= (3, 11), f"Python {platform.python_version()} on {platform.system()} {platform.machine()}")
    for name in ("textual", "torch", "pytest", "tiktoken"):
        line(True, f"{name} {importlib.metadata.version(name)}")
    try:
        found = asyncio.run(_tried())
        for layer in found["layers"]:
            line(layer["holds"], layer["says"])
        line(True, f"So a check runs at the level “{found['level']}”; each verdict records it")
    except (EngineError, GraderError) as error:
        line(False, f"Isolation: {error}")
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    command = shutil.which(editor.split()[0]) if editor else None
    line(bool(command), f"Editor: {editor}" if command else "Editor: none set; put its command into $EDITOR")
    parent = root if root.exists() else root.parent
    line(
        os.access(parent, os.W_OK), f"Workspace: {root}" + ("" if os.access(parent, os.W_OK) else " cannot be written")
    )
    for model in models():
        how = "" if model.installed else f" is not here; `fromscratch models add {model.name}` fetches it"
        line(model.installed, f"Model {model.name}{how}")
    if gpt2_vocabulary() is None:
        line(False, "GPT-2's vocabulary is not here; `fromscratch models add gpt2-vocabulary` fetches it")


async def _tried() -> dict[str, Any]:
    """What keeps a check in, tried now in an engine like the one that checks."""
    from grader.check import sandbox_report
    from tui.cli.grading import open_grader

    async with open_grader() as grader:
        return await sandbox_report(grader.engine, everything=True)
