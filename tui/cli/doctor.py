"""`fromscratch doctor`: what this machine offers, and how to install what is missing."""

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

from engine.errors import EngineError
from grader.check import sandbox_report
from grader.errors import GraderError
from learner.settings import load_settings
from playground.catalogue import GPT2
from playground.store import gpt2_vocabulary, models
from tui.cli.grading import open_grader
from tui.cli.terminal import echo
from tui.editor import find_editor

PACKAGES = ("textual", "torch", "pytest", "tiktoken")


@click.command("doctor")
@click.pass_obj
def doctor_command(root: Path) -> None:
    """Show what this machine offers: versions, sandbox, editor, models."""
    python_version = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    _print(sys.version_info >= (3, 11), python_version)
    for name in PACKAGES:
        _print(True, f"{name} {importlib.metadata.version(name)}")
    _print_sandbox()
    editor = find_editor(load_settings().settings.editor)
    command = " ".join(editor.command) if editor else "none"
    has_editor = editor is not None and shutil.which(editor.command[0]) is not None
    advice = "" if has_editor else " is not found; `fromscratch settings editor COMMAND` sets it"
    _print(has_editor, f"Editor: {command}{advice}")
    is_writable = os.access(root if root.exists() else root.parent, os.W_OK)
    _print(is_writable, f"Workspace: {root}" + ("" if is_writable else " is not writable"))
    _print_network()
    for model in models():
        if model.name == GPT2.name and not model.installed:
            continue  # no exercise needs it
        advice = "" if model.installed else f" is not installed; `fromscratch models add {model.name}` fetches it"
        _print(model.installed, f"Model {model.name}{advice}")
    if gpt2_vocabulary() is None:
        _print(False, "GPT-2's vocabulary is not installed; `fromscratch models add gpt2-vocabulary` fetches it")


def _print_network() -> None:
    """Prints the addresses at which a hub on this machine could probably be reached."""
    from cowork.hub.reachability import AUDIENCE, OFFERED, own_addresses

    addresses = [f"{own.address} ({AUDIENCE[own.kind]})" for own in own_addresses() if own.kind in OFFERED]
    advice = "this machine has no address where other machines could reach a hub on it"
    _print(bool(addresses), "Network: " + ("; ".join(addresses) or advice))


def _print_sandbox() -> None:
    try:
        report = asyncio.run(_sandbox_report())
    except (EngineError, GraderError) as error:
        _print(False, f"Sandbox: {error}")
        return
    for layer in report["layers"]:
        _print(layer["holds"], layer["says"])
    _print(True, f"Checks run at the sandbox level “{report['level']}”, which each verdict records")


async def _sandbox_report() -> dict[str, Any]:
    """Tests the sandbox in an engine like the one that runs checks."""
    async with open_grader() as grader:
        return await sandbox_report(grader.engine, everything=True)


def _print(is_fine: bool, text: str) -> None:
    echo(f"{'✓' if is_fine else '✗'} {text}")
