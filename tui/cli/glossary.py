"""The glossary without a screen: one word, or all of them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from exercises.concept_index import references_to
from exercises.course import Course
from exercises.glossary import Term
from exercises.load import load_course
from tui.formatting import month_name


@click.command("glossary")
@click.argument("word", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def glossary_command(root: Path, word: tuple[str, ...], as_json: bool) -> None:
    """What a word of the course means, and where it is met; without one, all words."""
    course = load_course()
    wanted = " ".join(word)
    terms = _terms(course, wanted)
    if as_json:
        click.echo(json.dumps({"version": 1, "terms": [_data(term, course) for term in terms]}, ensure_ascii=False))
    elif wanted and len(terms) == 1:
        click.echo("\n".join(_whole(terms[0], course)))
    elif wanted and terms:
        click.echo(f"No term is called {wanted!r}. It occurs in:")
        for term in terms:
            click.echo(f"  {term.name}")
    elif not wanted:
        for section in course.glossary.sections:
            month = next(month for month in course.months if month.id == section.month_id)
            click.secho(f"{month_name(month)}: {section.title}", bold=True)
            for term in section.terms:
                click.echo(f"  {term.name}: {term.means}")
    if wanted and not terms:
        near = course.glossary.near(wanted)
        then = f"Did you mean {' or '.join(near)}?" if near else "`fromscratch glossary` prints all words."
        click.echo(f"The glossary has no {wanted!r}. {then}", err=True)
        sys.exit(1)


def _terms(course: Course, wanted: str) -> list[Term]:
    """The term of that name; else those that a search finds; all of them for no word."""
    found = course.glossary.find(wanted)
    return [found] if found is not None else course.glossary.search(wanted)


def _whole(term: Term, course: Course) -> Iterator[str]:
    """One term, line by line."""
    found = references_to(term, course)
    yield term.name + (f" (also: {', '.join(term.also)})" if term.also else "")
    yield f"  {term.means.replace('`', '')}"
    yield f"  First met in: {month_name(found.month)}, {found.month.title}"
    if found.exercises:
        yield f"  Build it: {', '.join(f'{one.title} ({one.id})' for one in found.exercises)}"
    if found.book:
        yield f"  In the book: {', '.join(section for section, _ in found.book)}"
    for material in found.materials:
        yield f"  See: {material.title}{f' <{material.url}>' if material.url else ''}"
    if found.related:
        yield f"  See also: {'; '.join(other.name for other in found.related)}"


def _data(term: Term, course: Course) -> dict[str, Any]:
    found = references_to(term, course)
    return {
        "name": term.name,
        "means": term.means,
        "also": term.also,
        "month": found.month.id,
        "exercises": [one.id for one in found.exercises],
        "book": term.book,
        "materials": term.materials,
        "related": [other.name for other in found.related],
    }
