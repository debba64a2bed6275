"""`fromscratch project`: creates, runs and presents the learner's own projects, and ticks their check lists."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from learner.checklist import Checklist, set_ticked
from learner.project import DEFAULT_NAME, Projects
from tui.cli.app_launcher import app_launcher
from tui.cli.terminal import echo, echo_json
from tui.cli.workspace import open_workspace


def _projects(root: Path) -> Projects:
    with open_workspace(root) as (course, _, _):
        return Projects(root, course)


@click.group("project", invoke_without_command=True)
@click.pass_context
def project_command(ctx: click.Context) -> None:
    """Start your own project, tick its check list, run it, present it."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(status_command)


@project_command.command("status")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def status_command(root: Path, name: str | None = None, as_json: bool = False) -> None:
    """Show the check list of project NAME, or of the project that changed last."""
    projects = _projects(root)
    if name is None and not as_json and not projects.all():
        echo("You have no project yet. `fromscratch project new` creates one.")
        return
    project = projects.find(name)
    checklist = project.checklist()
    if as_json:
        boxes = [{"number": box.number, "text": box.text, "ticked": box.ticked, "heading": box.heading}
                 for box in checklist.items]  # fmt: skip
        echo_json({"version": 1, "name": project.name, "folder": str(project.folder), "boxes": boxes})
        return
    echo(project.name, bold=True, nl=False)
    echo(f"  {project.folder}")
    _print_checklist(checklist)
    others = [other.name for other in projects.all() if other.folder != project.folder]
    if others:
        echo(f"Other projects: {', '.join(others)}.")


def _print_checklist(checklist: Checklist) -> None:
    heading = ""
    for box in checklist.items:
        if box.heading != heading:
            heading = box.heading
            echo(heading, bold=True)
        echo(f"  {'✓' if box.ticked else '○'} {box.number:>2}  {box.text}")
    if not checklist.items:
        echo(f"{checklist.path} has no boxes. Add one as a line such as `- [ ] Book a slot`.")
        return
    echo(f"{checklist.ticked} of {len(checklist.items)} done.", nl=not checklist.next)
    if checklist.next:
        echo(f" Next: {checklist.next.number}. `fromscratch project tick {checklist.next.number}` ticks it.")


@project_command.command("new")
@click.argument("name", default=DEFAULT_NAME)
@click.pass_obj
def new_command(root: Path, name: str) -> None:
    """Create a project: a plan, a check list, pages to present, and a training script."""
    project = _projects(root).new(name)
    echo(f"{project.folder} contains your project:")
    for path in project.files():
        echo(f"  {path.name}")
    echo("Start with PLAN.md. `fromscratch project run` trains the small model in train.py.")


@project_command.command("tick")
@click.argument("number", type=int)
@click.option("--undo", is_flag=True, help="Remove the tick.")
@click.option("--project", "name", help="The project's name (default: the project that changed last).")
@click.pass_obj
def tick_command(root: Path, number: int, undo: bool, name: str | None) -> None:
    """Tick a box of the check list. `fromscratch project` shows the numbers."""
    checklist = set_ticked(_projects(root).find(name).checklist(), number, not undo)
    box = checklist.items[number - 1]
    echo(f"{'✓' if box.ticked else '○'} {box.text}")
    echo(f"{checklist.ticked} of {len(checklist.items)} done.")


@project_command.command("run")
@click.argument("name", required=False)
@click.pass_obj
def run_command(root: Path, name: str | None) -> None:
    """Run a project's train.py with the Python of this program."""
    project = _projects(root).find(name)
    if not project.script.is_file():
        raise click.UsageError(f"There is no file {project.script}. Run a script of a different name with python.")
    from tui.project_runner import run

    sys.exit(run(project))


@project_command.command("present")
@click.argument("name", required=False)
@click.option("--plain", is_flag=True, help="Print all pages, also in a terminal.")
@click.pass_obj
def present_command(root: Path, name: str | None, plain: bool) -> None:
    """Show PRESENT.md page by page, or print it if there is no terminal."""
    project = _projects(root).find(name)
    pages = project.presentation()  # An error in the file is printed here, before the screen opens.
    if plain or not (sys.stdin.isatty() and sys.stdout.isatty()):
        from tui.slides import print_pages

        print_pages(pages)
    else:
        app_launcher().present(project)
