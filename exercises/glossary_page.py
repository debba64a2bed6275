"""The glossary as a Markdown page: `python -m exercises.glossary_page` writes pages/glossary.md."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from exercises.concept_index import references_to
from exercises.course import Course, Month
from exercises.glossary import Section, Term
from exercises.load import load_course

PATH = Path(__file__).parent / "pages" / "glossary.md"
HEAD = """\
# Key concepts

<!-- Generated from exercises/glossary/*.toml by `python -m exercises.glossary_page`. Edit those files instead. -->

The terms of this course, in the order in which the course introduces them, each with the exercises and the book
sections that use it. In the app, press `g` to search them; `fromscratch glossary WORD` prints one term.
"""


def page(course: Course) -> str:
    """Returns the page in Markdown, with links relative to the folder pages."""
    months = {month.id: month for month in course.months}
    sections = (_section(course, months[section.month_id], section) for section in course.glossary.sections)
    return "\n".join([HEAD, *sections])


def _section(course: Course, month: Month, section: Section) -> str:
    when = f" (month {month.number})" if month.number is not None else " (the break)" if month.label == "Break" else ""
    terms = "\n".join(f"- {' '.join(_term(course, term))}" for term in section.terms)
    return f"## {section.title}{when}\n\n{terms}\n"


def _term(course: Course, term: Term) -> Iterator[str]:
    references = references_to(term, course)
    also = f" ({', '.join(term.also)})" if term.also else ""
    yield f"**{term.name}**{also}: {term.means}"
    links = [f"[{ex.title}](../{ex.folder.parent.name}/{ex.folder.name}/README.md)" for ex in references.exercises]
    if links:
        yield f"*Build it:* {', '.join(links)}."
    sections = [f"[{section}]({chapter.url})" if chapter else section for section, chapter in references.book]
    if sections:
        yield f"*Book:* {', '.join(sections)}."


if __name__ == "__main__":
    PATH.write_text(page(load_course()), encoding="utf-8")
