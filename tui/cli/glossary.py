"""`fromscratch glossary`: explains a term, or lists all terms."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import click

from exercises.concept_index import references_to
from exercises.course import Course
from exercises.glossary import Term
from exercises.load import load_course
from tui.cli.terminal import echo, echo_json
from tui.formatting import month_name


@click.command("glossary")
@click.argument("words", nargs=-1, metavar="[WORD]...")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def glossary_command(words: tuple[str, ...], as_json: bool) -> None:
    """Explain a term and list where the course uses it. Without a WORD, list all terms."""
    course = load_course()
    query = " ".join(words)
    terms = _terms(course, query)
    if as_json:
        echo_json({"version": 1, "terms": [_data(term, course) for term in terms]})
    elif query and len(terms) == 1:
        echo("\n".join(_lines(terms[0], course)))
    elif query and terms:
        echo(f"No term is called {query!r}. These terms contain it:")
        for term in terms:
            echo(f"  {term.name}")
    elif not query:
        _print_all(course)
    if query and not terms:
        similar = course.glossary.near(query)
        hint = f"Did you mean {' or '.join(similar)}?" if similar else "`fromscratch glossary` lists all terms."
        echo(f"The glossary has no term {query!r}. {hint}", err=True)
        sys.exit(1)


def _terms(course: Course, query: str) -> list[Term]:
    """Returns the term of this name, else the search's matches. An empty query matches all terms."""
    term = course.glossary.find(query)
    return [term] if term is not None else course.glossary.search(query)


def _print_all(course: Course) -> None:
    for section in course.glossary.sections:
        month = next(month for month in course.months if month.id == section.month_id)
        echo(f"{month_name(month)}: {section.title}", bold=True)
        for term in section.terms:
            echo(f"  {term.name}: {term.means}")


def _lines(term: Term, course: Course) -> Iterator[str]:
    references = references_to(term, course)
    yield term.name + (f" (also: {', '.join(term.also)})" if term.also else "")
    yield f"  {term.means.replace('`', '')}"
    yield f"  First used in: {month_name(references.month)}, {references.month.title}"
    if references.exercises:
        exercises = ", ".join(f"{exercise.title} ({exercise.id})" for exercise in references.exercises)
        yield f"  Build it: {exercises}"
    if references.book:
        yield f"  In the book: {', '.join(section for section, _ in references.book)}"
    for material in references.materials:
        yield f"  See: {material.title}{f' <{material.url}>' if material.url else ''}"
    if references.related:
        yield f"  See also: {'; '.join(related.name for related in references.related)}"


def _data(term: Term, course: Course) -> dict[str, Any]:
    references = references_to(term, course)
    return {
        "name": term.name,
        "means": term.means,
        "also": term.also,
        "month": references.month.id,
        "exercises": [exercise.id for exercise in references.exercises],
        "book": term.book,
        "materials": term.materials,
        "related": [related.name for related in references.related],
    }
