"""Finds where the course uses a term of the glossary: in exercises (`concepts`), in the book and in materials."""

from __future__ import annotations

from dataclasses import dataclass

from exercises.course import Course, Material, Month
from exercises.exercise import Exercise
from exercises.glossary import Term


@dataclass(frozen=True)
class TermReferences:
    """The places that use a term. `month` is the first; `book` pairs a section with its chapter's material, if any."""

    month: Month
    exercises: tuple[Exercise, ...]
    book: tuple[tuple[str, Material | None], ...]
    materials: tuple[Material, ...]
    related: tuple[Term, ...]


def references_to(term: Term, course: Course) -> TermReferences:
    """Returns the places that use a term of the course's glossary."""
    materials = {material.id: material for month in course.months for material in month.materials}
    section = course.glossary.section_of(term)
    find = course.glossary.find
    return TermReferences(
        month=next(month for month in course.months if month.id == section.month_id),
        exercises=tuple(ex for ex in course.exercises if any(find(concept) is term for concept in ex.concepts)),
        book=tuple((number, materials.get(_chapter_id(number))) for number in term.book),
        materials=tuple(materials[id] for id in term.materials),
        related=tuple(other for name in term.related if (other := find(name)) is not None),
    )


def _chapter_id(section: str) -> str:
    """Returns the id of the chapter's material: "chapter-3" for 3.5.1, "appendix-a" for A.2."""
    number = section.partition(".")[0]
    return f"chapter-{number}" if number.isdigit() else f"appendix-{number.lower()}"
