"""`fromscratch done`: marks a material as done."""

from __future__ import annotations

import difflib
from pathlib import Path

import click

from tui.cli.terminal import echo
from tui.cli.workspace import open_workspace


@click.command("done")
@click.argument("material_id", metavar="MATERIAL")
@click.option("--undo", is_flag=True, help="Mark the material as not done.")
@click.pass_obj
def done_command(root: Path, material_id: str, undo: bool) -> None:
    """Mark a MATERIAL as done. `fromscratch list --materials` lists the materials."""
    with open_workspace(root) as (course, _, progress):
        titles = {material.id: material.title for month in course.months for material in month.materials}
        if material_id not in titles:
            matches = difflib.get_close_matches(material_id, titles, 1)
            hint = f"Did you mean {matches[0]}?" if matches else "`fromscratch list --materials` lists them."
            raise click.UsageError(f"No material is called {material_id!r}. {hint}")
        progress.set_material(material_id, not undo)
        echo(f"{'Not done' if undo else 'Done'}: {titles[material_id]}.")
