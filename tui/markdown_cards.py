"""The Markdown text that the Course screen shows for each item of the course tree."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from exercises.course import Book, Course, Material, Month
from exercises.exercise import Exercise
from exercises.quiz import Quiz
from learner.due_dates import DueDate
from learner.progress import State
from learner.project import ProjectError, Projects, ProjectStatus
from learner.quizzes import QuizProgress
from learner.workload import LearningPath
from tui.formatting import STATE_MARKS, STATE_WORDS, clean, hours, in_days, long_date, month_name, plural, short_path

KINDS = {"read": "Read", "watch": "Watch", "code": "Run the code", "course": "Course", "page": "Look up"}

GLOSSARY = "glossary:"  # the scheme of links to glossary terms


def about(course: Course, plan: LearningPath) -> str:
    """The course: overview, objectives, hours, activities and book."""
    objectives = "\n".join(f"- {objective}" for objective in course.objectives)
    activities = "\n".join(f"- **{activity.name}.** {activity.text}" for activity in course.activities)
    return (
        f"# {course.title}\n\n{course.overview}\n\n## What you will be able to do\n\n{objectives}\n\n"
        f"## Hours\n\n{_hours(plan, *course.months)}\n\n{_path(plan)}\n\n"
        + (f"## How you learn\n\n{activities}\n\n" if activities else "")
        + _book(course.book)
    )


def _book(book: Book | None) -> str:
    if book is None:
        return ""
    code = f" The discount code {book.discount} is valid there." if book.discount else ""
    return f"## The book\n\n{book.title}, by {book.author}.{code}\n\n- <{book.url}>\n- Code: <{book.code_url}>\n"


def month(month: Month, plan: LearningPath) -> str:
    """A month: dates, overview, hours and the agenda of the group's meeting."""
    agenda = "\n".join(f"{i}. {point}" for i, point in enumerate(month.agenda, 1))
    left = plan.left(month)
    rest = f"{hours(left.stretch)} left, optional" if month.is_optional else f"{hours(left.total)} left"
    parts = [f"# {month.title}", f"**{month_name(month)} · {month.when} · {rest}**", month.overview]
    parts.append(f"## Hours\n\n{_hours(plan, month)}")
    if month.workload:
        prefixes = {"all": "", "beginners": "for beginners "}
        estimates = ", and ".join(f"{prefixes[work.audience]}{work.text}" for work in month.workload)
        parts.append(f"The course outline estimates {estimates}.")
    if len(month.materials_for("all")) < len(month.materials):
        parts.append(_path(plan))
    if agenda:
        parts.append(f"## The group's meeting\n\n{agenda}")
    return "\n\n".join(parts)


def _hours(plan: LearningPath, *months: Month) -> str:
    """The planned hours by kind, each with the hours left."""
    planned, left = plan.planned(*months), plan.left(*months)
    rows = [
        ("Materials", planned.materials, left.materials),
        ("Exercises", planned.exercises, left.exercises),
        ("Project", planned.project, left.project),
        ("**Total**", planned.total, left.total),
        ("Optional", planned.stretch, left.stretch),
    ]
    return "\n".join(f"- {name}: {hours(total)}, {hours(rest)} left" for name, total, rest in rows if total)


def _path(plan: LearningPath) -> str:
    if plan.audience == "beginners":
        return "This includes the materials for beginners. Press b to leave them out."
    return "This does not include the materials for beginners. Press b to include them."


def hidden(month: Month) -> str:
    """The materials of a month that the filter hides."""
    rows = "\n".join(
        f"- {material.title} ({', '.join(_facts(material))})"
        for material in month.materials
        if material.audience != "all"
    )
    return (
        f"# Hidden materials\n\n**{month.title} · {month.when}**\n\nThese are for beginners. Press Enter or b to show "
        f"them.\n\n{rows}"
    )


def own_projects(month: Month, marks: list[ProjectStatus]) -> str:
    """The learner's projects, or how to start the first."""
    parts = ["# Your project", f"**{month.title} · {month.when}**"]
    if marks:
        parts.append("\n".join(f"- {mark.name}: {mark.ticked} of {mark.total} boxes" for mark in marks))
        parts.append("Press Enter to start a new project.")
    else:
        parts.append("Build something small from your parts: train a model on a text of your choice, and measure how "
                     "good it is.")  # fmt: skip
        parts.append("Press Enter to create a folder with a plan, a checklist, a script that trains a small model from "
                     "your parts, and pages to present in the group's meeting.")  # fmt: skip
    parts.append("On the command line: `fromscratch project`.")
    return "\n\n".join(parts)


def own_project(projects: Projects, name: str) -> str:
    """A project: the state of its checklist."""
    try:
        project = projects.find(name)
        boxes = project.checklist().items
    except ProjectError as error:
        return f"# {name}\n\n{error}"
    ticked = sum(box.ticked for box in boxes)
    parts = [f"# {name}", f"**{ticked} of {plural(len(boxes), 'box', 'boxes')} ticked**"]
    if following := next((box for box in boxes if not box.ticked), None):
        # Formatted as code, so that Markdown in the learner's text has no effect.
        parts.append(f"Next: `{clean(following.text).replace('`', chr(39))}`")
    parts.append(
        f"Press Enter to tick boxes, open files, run the script or present it. Folder: `{short_path(project.folder)}`."
    )
    return "\n\n".join(parts)


def materials(month: Month, plan: LearningPath) -> str:
    """The list of a month's materials."""
    rows = "\n".join(
        f"- {'✓ ' if material.id in plan.materials else ''}{material.title} ({', '.join(_facts(material))})"
        for material in month.materials_for(plan.audience)
    )
    return f"# Read and watch\n\n**{month.title} · {month.when}**\n\n{rows}"


def material(material: Material, done: bool) -> str:
    """A material and how to open it."""
    mark = "✓ Completed. Press x to undo that." if done else "Press x when you have completed it."
    if material.page is not None:
        opens = "Press Enter to read it here."
    elif material.url:
        opens = f"Press Enter to open it in your browser:\n\n<{material.url}>"
    else:
        opens = ""
    parts = [f"# {material.title}", f"**{' · '.join(_facts(material))}**", material.note, opens, mark]
    return "\n\n".join(part for part in parts if part)


def _facts(material: Material) -> list[str]:
    facts = [KINDS[material.kind].lower() if material.page is None else "page in this app"]
    facts.append(f"{material.hours:g} h" if material.hours >= 1 else f"{round(material.hours * 60)} min")
    if material.audience == "beginners":
        facts.append("for beginners")
    return facts


def quiz(quiz: Quiz, stand: QuizProgress) -> str:
    """A month's quiz and the learner's results."""
    lines = [f"{STATE_MARKS[stand.state]} {STATE_WORDS[stand.state].capitalize()}."]
    if stand.runs:
        lines.append(f"Your best result in {plural(stand.runs, 'run')}: {stand.best} of {stand.total} correct.")
    if stand.answered:
        lines.append(f"You have answered {stand.answered} of {stand.total} questions in the current run.")
        opens = "Press Enter to continue."
    else:
        opens = "Press Enter to take it again, in a different order." if stand.runs else "Press Enter to take it."
    return (
        "# Terms quiz\n\nShort questions about this month's key concepts, with an explanation of every answer. You "
        "pass with four in five correct in one run. You can stop at any question, and retake the quiz any time."
        f"\n\n{' '.join(lines)}\n\n{opens}"
    )


def exercise(
    exercise: Exercise,
    state: State,
    attempts: int,
    title_of: Callable[[str], str],
    due: DueDate | None = None,
    now: datetime | None = None,
) -> str:
    """An exercise: what it builds, and the learner's progress in it."""
    source = exercise.paper or (f"chapter {exercise.section or exercise.chapter}" if exercise.chapter else "")
    facts = " · ".join(filter(None, (exercise.level, f"{exercise.minutes} min", source)))
    progress = f"{STATE_MARKS[state]} {STATE_WORDS[state].capitalize()}"
    if attempts:
        progress += f", {plural(attempts, 'attempt')} so far"
    parts = [f"# {exercise.title}", f"**{facts}**", exercise.summary, f"{progress}."]
    if due is not None and now is not None:
        day, left = long_date(date.fromisoformat(due.due)), in_days(due.days_left(now))
        parts.append(f"Your study group has assigned it: it is due on {day} ({clean(due.zone)}), {left}.")
    names = ", ".join(f"`{symbol}`" for symbol in exercise.symbols)
    lines = [f"- You implement {names}."]
    if exercise.concepts:
        terms = ", ".join(f"[{term}](<{GLOSSARY}{term}>)" for term in exercise.concepts)
        lines.append(f"- Key concepts: {terms}.")
    if exercise.needs:
        lines.append(f"- It builds on {', '.join(title_of(name) for name in exercise.needs)}.")
    return "\n\n".join([*parts, "\n".join(lines), "Press Enter to work on it."])
