"""What the Course screen shows, as commands: list, and done for a material."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from exercises.course import Audience, Exercise, Material, Month
from learner.progress import State
from learner.project import Projects
from learner.quizzes import QuizStand
from learner.settings import load_settings
from learner.workload import Hours, Plan
from tui.cli.practice import opened
from tui.formatting import hours

MARKS = {"passed": "✓", "failed": "✗", "started": "…", "again": "↻", "new": "·"}
WORDS = {"passed": "passed", "failed": "not passed yet", "started": "begun", "again": "check again", "new": ""}


@click.command("list")
@click.option("--materials", "with_materials", is_flag=True, help="What there is to read and watch, too.")
@click.option("--audience", type=click.Choice(["beginners", "all"]),
              help="beginners: every material; all: without those for beginners. Default: your setting.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def list_command(root: Path, with_materials: bool, audience: Audience | None, as_json: bool) -> None:
    """Months, exercises and their state, and the hours that they take."""
    settings = load_settings().settings
    with opened(root) as (course, _, progress):
        states = progress.states(course)
        stands = progress.quiz_stands()
        passed = {id for id, state in states.items() if state == "passed"}
        project = any(mark.complete for mark in Projects(root, course).marks())
        plan = Plan(audience or settings.audience, progress.materials_done(), passed, project)
        if settings.start:
            course = course.starting(settings.start)
    if as_json:
        months = [_month(month, states, plan, stands) for month in course.months]
        click.echo(json.dumps({"version": 1, "audience": plan.audience, "months": months}, ensure_ascii=False))
        return
    for month in course.months:
        click.secho(f"{month.when}  {month.title}", bold=True, nl=False)
        click.echo(f"  ({_sum(plan, month)})")
        for e in month.exercises:
            minutes = f"{e.minutes} min" + (", stretch" if e.level == "stretch" else "")
            click.echo(f"  {MARKS[states[e.id]]} {e.id:<22} {e.title}  ({minutes})  {WORDS[states[e.id]]}".rstrip())
        if month.quiz is not None:
            stand = stands.get(month.id, QuizStand())
            best = f"best {stand.best} of {stand.total}" if stand.runs else ""
            name = f"quiz {month.number or month.id}"
            click.echo(f"  {MARKS[stand.state]} {name:<22} Terms quiz  {best}".rstrip())
        if with_materials:
            for one in month.materials_for(plan.audience):
                where = one.url or "a page of this course"
                mark = "✓" if one.id in plan.materials else "·"
                click.echo(f"  {mark} {one.id:<22} {one.title}  ({hours(one.hours)})  {where}")
    click.echo(f"Together: {_sum(plan, *course.months)}.")
    if plan.audience == "all":
        click.echo("Without the materials for beginners; --audience beginners counts them.")


def _sum(plan: Plan, *months: Month) -> str:
    planned = plan.planned(*months)
    stretch = f", and {hours(planned.stretch)} of stretch" if planned.stretch else ""
    return f"{hours(planned.total)}, {hours(plan.left(*months).total)} left{stretch}"


def _month(month: Month, states: dict[str, State], plan: Plan, stands: dict[str, QuizStand]) -> dict[str, Any]:
    return {
        "id": month.id,
        "title": month.title,
        "hours": _hours(plan.planned(month)),
        "hours_left": _hours(plan.left(month)),
        "exercises": [_exercise(one, states[one.id]) for one in month.exercises],
        "materials": [_material(one, one.id in plan.materials) for one in month.materials_for(plan.audience)],
        "quiz": quiz_data(stands.get(month.id, QuizStand())) if month.quiz is not None else None,
    }


def quiz_data(stand: QuizStand) -> dict[str, Any]:
    """Where one stands with a quiz, for JSON."""
    return {"state": stand.state, "best": stand.best, "total": stand.total, "runs": stand.runs}


def _exercise(one: Exercise, state: State) -> dict[str, Any]:
    return {"id": one.id, "title": one.title, "level": one.level, "minutes": one.minutes, "state": state}


def _material(one: Material, done: bool) -> dict[str, Any]:
    about = {"id": one.id, "title": one.title, "kind": one.kind, "audience": one.audience}
    return {**about, "hours": one.hours, "url": one.url, "done": done}


def _hours(found: Hours) -> dict[str, float]:
    names = ("materials", "exercises", "project", "stretch", "total")
    return {name: round(getattr(found, name), 2) for name in names}


@click.command("done")
@click.argument("material")
@click.option("--undo", is_flag=True, help="Take the tick back.")
@click.pass_obj
def done_command(root: Path, material: str, undo: bool) -> None:
    """Tick a material off; `fromscratch list --materials` names them."""
    import difflib

    with opened(root) as (course, _, progress):
        titles = {one.id: one.title for month in course.months for one in month.materials}
        if material not in titles:
            near = difflib.get_close_matches(material, titles, 1)
            hint = f"Did you mean {near[0]}?" if near else "`fromscratch list --materials` names them."
            raise click.UsageError(f"There is no material {material!r}. {hint}")
        progress.set_material(material, not undo)
        click.echo(f"{'Not done' if undo else 'Done'}: {titles[material]}.")
