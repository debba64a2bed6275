"""What the Course room says about a thing in its map, in Markdown."""

from __future__ import annotations

from collections.abc import Callable

from exercises.course import Course, Exercise, Material, Month
from exercises.quiz import Quiz
from learner.progress import State
from learner.project import ProjectError, Projects, ProjectStatus
from learner.quizzes import QuizProgress
from learner.workload import LearningPath
from tui.formatting import STATE_MARKS, STATE_WORDS, clean, home, hours, many, month_name

KINDS = {"read": "Read", "watch": "Watch", "code": "Run the code", "course": "Course", "page": "Look up"}

GLOSSARY = "glossary:"  # before a word, it makes a link to the glossary


def about(course: Course, plan: LearningPath) -> str:
    """The course as a whole: its overview, aims, hours, ways of taking part, and book."""
    aims = "\n".join(f"- {aim}" for aim in course.objectives)
    activities = "\n".join(f"- **{activity.name}.** {activity.text}" for activity in course.activities)
    book = course.book
    code = f" The discount code {book.discount} holds there." if book.discount else ""
    return (
        f"# {course.title}\n\n{course.overview}\n\n## What you will be able to do\n\n{aims}\n\n"
        f"## Hours\n\n{_hours(plan, *course.months)}\n\n{_path(plan)}\n\n"
        f"## How\n\n{activities}\n\n## The book\n\n{book.title}, by {book.author}.{code}\n\n"
        f"- <{book.url}>\n- Its code: <{book.code_url}>\n"
    )


def month(month: Month, plan: LearningPath) -> str:
    """A month: its time, overview, hours and the group's agenda."""
    agenda = "\n".join(f"{i}. {point}" for i, point in enumerate(month.agenda, 1))
    left = hours(plan.left(month).total)
    parts = [f"# {month.title}", f"**{month_name(month)} · {month.when} · {left} left**", month.overview]
    parts.append(f"## Hours\n\n{_hours(plan, month)}")
    if month.workload:
        whom = {"all": "", "beginners": "for beginners "}
        said = ", and ".join(f"{whom[work.audience]}{work.text}" for work in month.workload)
        parts.append(f"The outline's estimate: {said}.")
    if len(month.materials_for("all")) < len(month.materials):
        parts.append(_path(plan))
    if agenda:
        parts.append(f"## The group's meeting\n\n{agenda}")
    return "\n\n".join(parts)


def _hours(plan: LearningPath, *months: Month) -> str:
    """The sums as a list, each with what is left of it."""
    planned, left = plan.planned(*months), plan.left(*months)
    rows = [
        ("To read and watch", planned.materials, left.materials),
        ("Exercises", planned.exercises, left.exercises),
        ("A small project", planned.project, left.project),
        ("**Together**", planned.total, left.total),
        ("Stretch exercises, if you like", planned.stretch, left.stretch),
    ]
    return "\n".join(f"- {name}: {hours(all)}, {hours(rest)} left" for name, all, rest in rows if all)


def _path(plan: LearningPath) -> str:
    if plan.audience == "beginners":
        return "This counts the materials for beginners. b leaves them out."
    return "This leaves out the materials for beginners. b brings them back."


def hidden(month: Month) -> str:
    """What the filter hides of a month."""
    rows = "\n".join(f"- {one.title} ({', '.join(_facts(one))})" for one in month.materials if one.audience != "all")
    return (
        f"# Hidden now\n\n**{month.title} · {month.when}**\n\nThese are for beginners. Press Enter or b to show "
        f"them. What you have ticked off stays so.\n\n{rows}"
    )


def own_projects(month: Month, marks: list[ProjectStatus]) -> str:
    """The learner's own projects, or how to start the first."""
    parts = ["# Your project", f"**{month.title} · {month.when}**"]
    if marks:
        parts.append("\n".join(f"- {mark.name}: {mark.ticked} of {mark.total} boxes" for mark in marks))
        parts.append("Press Enter to start another.")
    else:
        parts.append("Build something small with what you have: a model on a text of your choice, and a number that "
                     "says how good it is.")  # fmt: skip
        parts.append("Press Enter, and you get a folder with a plan, a check list, a script that trains a small model "
                     "of your own parts as it comes, and pages to present in the group's meeting.")  # fmt: skip
    parts.append("On the command line: `fromscratch project`.")
    return "\n\n".join(parts)


def own_project(projects: Projects, name: str) -> str:
    """A project's check list at a glance."""
    try:
        project = projects.find(name)
        boxes = project.checklist().items
    except ProjectError as error:
        return f"# {name}\n\n{error}"
    ticked = sum(box.ticked for box in boxes)
    parts = [f"# {name}", f"**{ticked} of {many(len(boxes), 'box', 'boxes')} ticked**"]
    if following := next((box for box in boxes if not box.ticked), None):
        # As code: what the learner wrote is no Markdown of ours.
        parts.append(f"Next: `{clean(following.text).replace('`', chr(39))}`")
    parts.append(
        f"Press Enter to tick boxes, open its files, run it and present it. It is in `{home(project.folder)}`."
    )
    return "\n\n".join(parts)


def shelf(month: Month, plan: LearningPath) -> str:
    """A month's materials at a glance."""
    rows = "\n".join(
        f"- {'✓ ' if material.id in plan.materials else ''}{material.title} ({', '.join(_facts(material))})"
        for material in month.materials_for(plan.audience)
    )
    return f"# To read and watch\n\n**{month.title} · {month.when}**\n\n{rows}"


def material(material: Material, done: bool) -> str:
    """One material, and how to open it."""
    mark = "✓ Done. Press x to take that back." if done else "Press x once you are done with it."
    if material.page is not None:
        opens = "Press Enter to read it here."
    elif material.url:
        opens = f"Press Enter to open it in your browser:\n\n<{material.url}>"
    else:
        opens = ""
    parts = [f"# {material.title}", f"**{' · '.join(_facts(material))}**", material.note, opens, mark]
    return "\n\n".join(part for part in parts if part)


def _facts(material: Material) -> list[str]:
    facts = [KINDS[material.kind].lower() if material.page is None else "page of this course"]
    facts.append(f"{material.hours:g} h" if material.hours >= 1 else f"{round(material.hours * 60)} min")
    if material.audience == "beginners":
        facts.append("for beginners")
    return facts


def quiz(quiz: Quiz, stand: QuizProgress) -> str:
    """A month's quiz, and how the learner has done in it."""
    lines = [f"{STATE_MARKS[stand.state]} {STATE_WORDS[stand.state].capitalize()}."]
    if stand.runs:
        lines.append(f"Your best of {many(stand.runs, 'run')}: {stand.best} of {stand.total} right.")
    if stand.answered:
        lines.append(f"A run is under way, with {stand.answered} of {stand.total} answered.")
        opens = "Press Enter to go on with it."
    else:
        opens = "Press Enter to take it again, in another order." if stand.runs else "Press Enter to take it."
    return (
        "# Terms quiz\n\nShort questions about this month's key concepts. Every answer is explained, the wrong ones "
        "too. Four in five right in one run pass it. It can be left at any question, and taken as often as you like."
        f"\n\n{' '.join(lines)}\n\n{opens}"
    )


def exercise(exercise: Exercise, state: State, attempts: int, title_of: Callable[[str], str]) -> str:
    """One exercise: what it builds, and where the learner stands with it."""
    facts = f"{exercise.level} · {exercise.minutes} min · chapter {exercise.section or exercise.chapter}"
    stand = f"{STATE_MARKS[state]} {STATE_WORDS[state].capitalize()}"
    if attempts:
        stand += f", {many(attempts, 'attempt')} so far"
    parts = [f"# {exercise.title}", f"**{facts}**", exercise.summary, f"{stand}."]
    names = ", ".join(f"`{symbol}`" for symbol in exercise.symbols)
    lines = [f"- You write {names}."]
    if exercise.concepts:
        words = ", ".join(f"[{word}](<{GLOSSARY}{word}>)" for word in exercise.concepts)
        lines.append(f"- It is about {words}.")
    if exercise.needs:
        lines.append(f"- It builds on {', '.join(title_of(name) for name in exercise.needs)}.")
    return "\n\n".join([*parts, "\n".join(lines), "Press Enter to work on it."])
