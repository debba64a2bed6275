"""What the Course room says about a thing in its map, in Markdown."""

from __future__ import annotations

from collections.abc import Callable

from exercises.course import Course, Exercise, Material, Month
from learner.progress import State
from tui.words import STATE_MARKS, STATE_WORDS, many

KINDS = {"read": "Read", "watch": "Watch", "code": "Run the code", "course": "Course", "page": "Look up"}


def about(course: Course) -> str:
    """The course as a whole: its overview, aims, ways of taking part, and book."""
    aims = "\n".join(f"- {aim}" for aim in course.objectives)
    activities = "\n".join(f"- **{activity.name}.** {activity.text}" for activity in course.activities)
    book = course.book
    code = f" The discount code {book.discount} holds there." if book.discount else ""
    return (
        f"# {course.title}\n\n{course.overview}\n\n## What you will be able to do\n\n{aims}\n\n"
        f"## How\n\n{activities}\n\n## The book\n\n{book.title}, by {book.author}.{code}\n\n"
        f"- <{book.url}>\n- Its code: <{book.code_url}>\n"
    )


def month(month: Month) -> str:
    """A month: its time, workload, overview and the group's agenda."""
    number = f"Month {month.number}" if month.number is not None else "Break"
    audience = {"all": "", "beginners": " (with the path for beginners)"}
    workload = "\n".join(f"- {text}{audience[who]}" for who, text in month.workload)
    agenda = "\n".join(f"{i}. {point}" for i, point in enumerate(month.agenda, 1))
    parts = [f"# {month.title}", f"**{number} · {month.when}**", month.overview]
    if workload:
        parts.append(f"## Workload\n\n{workload}")
    if agenda:
        parts.append(f"## The group's meeting\n\n{agenda}")
    return "\n\n".join(parts)


def shelf(month: Month, done: set[str]) -> str:
    """A month's materials at a glance."""
    rows = "\n".join(
        f"- {'✓ ' if material.id in done else ''}{material.title} ({', '.join(_facts(material))})"
        for material in month.materials
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
    if material.hours:
        facts.append(f"{material.hours:g} h" if material.hours >= 1 else f"{round(material.hours * 60)} min")
    if material.audience == "beginners":
        facts.append("for beginners")
    return facts


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
        lines.append(f"- It is about {', '.join(exercise.concepts)}.")
    if exercise.needs:
        lines.append(f"- It builds on {', '.join(title_of(name) for name in exercise.needs)}.")
    return "\n\n".join([*parts, "\n".join(lines), "Press Enter to work on it."])
