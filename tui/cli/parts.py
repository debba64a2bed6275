"""`fromscratch parts`: the parts of a model, whose they are, and the exercises that supply them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from exercises.load import load_course
from learner.settings import load_settings
from learner.workspace import Workspace
from playground.own_parts import STATE_WORDS, OwnParts, applicable
from playground.parts_catalogue import architecture_of, parts_of
from tui.cli.terminal import echo, echo_json

JSON_VERSION = 1


@click.command("parts")
@click.option("--model", default="pocket", show_default=True, help="The model whose parts are listed.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def parts_command(root: Path, model: str, as_json: bool) -> None:
    """List the parts of a model: whose the app uses, and which exercises supply yours."""
    architecture = architecture_of(model)
    own = OwnParts(Workspace(root, load_course()))
    choices = applicable(architecture, load_settings().settings.parts)
    rows: list[dict[str, Any]] = [
        {
            "id": part.id,
            "title": part.title,
            "where": part.where,
            "owner": "yours" if part.id in choices else "reference",
            "exercise": choices.get(part.id),
            "suppliers": [
                {"exercise": supply.exercise.id, "title": supply.exercise.title, "state": supply.state}
                for supply in own.supplies(part)
            ],
        }
        for part in parts_of(architecture)
    ]
    if as_json:
        echo_json({"version": JSON_VERSION, "model": model, "parts": rows})
        return
    for row in rows:
        echo(f"{row['id']:<18} {row['owner']:<10} {row['where']}", bold=row["owner"] == "yours")
        for supplier in row["suppliers"]:
            chosen = "●" if supplier["exercise"] == row["exercise"] else " "
            echo(f"  {chosen} {supplier['exercise']:<26} {STATE_WORDS[supplier['state']]}")
    echo()
    echo("The app's Playground switches parts (view Parts). `fromscratch generate PROMPT --part ID=mine` uses one,")
    echo("and `fromscratch compare ID` shows what it changes.")
