"""`fromscratch list`: the course with the learner's states and hours."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from exercises.course import Audience, Material, Month
from exercises.exercise import Exercise
from learner.due_dates import DueDate, DueDates
from learner.other_courses import progress_beside
from learner.progress import State
from learner.project import Projects
from learner.quizzes import QuizProgress
from learner.settings import load_settings
from learner.workload import LearningPath, Workload
from learner.workspace import Workspace
from tui.cli.states import STATE_MARKS, STATE_WORDS, best_result, quiz_data
from tui.cli.terminal import echo, echo_json
from tui.cli.workspace import open_workspace
from tui.formatting import due_in, hours


@click.command("list")
@click.option("--materials", "with_materials", is_flag=True, help="List the materials too.")
@click.option("--audience", type=click.Choice(["beginners", "all"]),
              help="beginners: all materials; all: without those for beginners. Default: your setting.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def list_command(root: Path, with_materials: bool, audience: Audience | None, as_json: bool) -> None:
    """List the exercises by month, with your state and the hours."""
    settings = load_settings().settings
    with open_workspace(root) as (course, _, progress):
        states = progress.states(course)
        stands = progress.quiz_progress()
        passed = {id for id, state in states.items() if state == "passed"}
        project_complete = any(mark.complete for mark in Projects(root, course).statuses())
        plan = LearningPath(audience or settings.audience, progress.materials_done(), passed, project_complete)
        others = progress_beside(root)
        if settings.start:
            course = course.starting(settings.start)
    dates, now = DueDates(Workspace(root, course).state_folder / "due-dates.json").all(), datetime.now().astimezone()
    if as_json:
        months = [_month_data(month, states, plan, stands, dates, now) for month in course.months]
        beside = [
            {"title": row.title, "folder": str(row.folder), "passed": row.passed, "total": row.total} for row in others
        ]
        echo_json({"version": 1, "audience": plan.audience, "months": months, "courses": beside})
        return
    for month in course.months:
        _print_month(month, states, plan, stands.get(month.id, QuizProgress()), with_materials, dates, now)
    echo(f"In total: {_total_hours(plan, *course.months)}.")
    for row in others:
        echo(row.line)
    if plan.audience == "all":
        echo("The materials for beginners are not included; --audience beginners includes them.")


def _print_month(
    month: Month,
    states: dict[str, State],
    plan: LearningPath,
    stand: QuizProgress,
    with_materials: bool,
    dates: dict[str, DueDate],
    now: datetime,
) -> None:
    echo(f"{month.when}  {month.title}", bold=True, nl=False)
    echo(f"  ({_total_hours(plan, month)})")
    for exercise in month.exercises:
        mark, words = STATE_MARKS[states[exercise.id]], STATE_WORDS[states[exercise.id]]
        minutes = f"{exercise.minutes} min" + (", stretch" if exercise.level == "stretch" else "")
        due = dates.get(exercise.id) if states[exercise.id] not in ("passed", "again") else None
        when = f"  {due_in(due.days_left(now))}: {due.due} ({due.zone})" if due is not None else ""
        echo(f"  {mark} {exercise.id:<22} {exercise.title}  ({minutes})  {words}{when}".rstrip())
    if month.quiz is not None:
        command = f"quiz {month.number or month.id}"
        echo(f"  {STATE_MARKS[stand.state]} {command:<22} Terms quiz  {best_result(stand)}".rstrip())
    if with_materials:
        for material in month.materials_for(plan.audience):
            location = material.url or "a page of this course"
            mark = "✓" if material.id in plan.materials else "·"
            echo(f"  {mark} {material.id:<22} {material.title}  ({hours(material.hours)})  {location}")


def _total_hours(plan: LearningPath, *months: Month) -> str:
    planned = plan.planned(*months)
    stretch = f", plus {hours(planned.stretch)} that are optional" if planned.stretch else ""
    return f"{hours(planned.total)}, {hours(plan.left(*months).total)} left{stretch}"


def _month_data(
    month: Month,
    states: dict[str, State],
    plan: LearningPath,
    stands: dict[str, QuizProgress],
    dates: dict[str, DueDate],
    now: datetime,
) -> dict[str, Any]:
    materials = month.materials_for(plan.audience)
    return {
        "id": month.id,
        "title": month.title,
        "hours": _hours_data(plan.planned(month)),
        "hours_left": _hours_data(plan.left(month)),
        "exercises": [_exercise_data(each, states[each.id], dates.get(each.id), now) for each in month.exercises],
        "materials": [_material_data(material, material.id in plan.materials) for material in materials],
        "quiz": quiz_data(stands.get(month.id, QuizProgress())) if month.quiz is not None else None,
    }


def _exercise_data(exercise: Exercise, state: State, due: DueDate | None, now: datetime) -> dict[str, Any]:
    data = {"id": exercise.id, "title": exercise.title, "level": exercise.level, "minutes": exercise.minutes}
    date = {"date": due.due, "zone": due.zone, "room": due.room, "days_left": due.days_left(now)} if due else None
    return {**data, "state": state, "due": date}


def _material_data(material: Material, done: bool) -> dict[str, Any]:
    data = {"id": material.id, "title": material.title, "kind": material.kind, "audience": material.audience}
    return {**data, "hours": material.hours, "url": material.url, "done": done}


def _hours_data(hours: Workload) -> dict[str, float]:
    names = ("materials", "exercises", "project", "stretch", "total")
    return {name: round(getattr(hours, name), 2) for name in names}
