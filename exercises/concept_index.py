"""Where a term of the glossary is met: in exercises by their `concepts`, in the book, in materials."""

from __future__ import annotations

from dataclasses import dataclass

from exercises.course import Course, Exercise, Material, Month
from exercises.glossary import Term


@dataclass(frozen=True)
class Met:
    """`book` pairs a section with the material that is its chapter, where the course has it."""

    month: Month
    exercises: tuple[Exercise, ...]
    book: tuple[tuple[str, Material | None], ...]
    materials: tuple[Material, ...]
    related: tuple[Term, ...]


def met(term: Term, course: Course) -> Met:
    """Where a term of the course's glossary is met."""
    materials = {material.id: material for month in course.months for material in month.materials}
    find = course.glossary.find
    return Met(
        month=next(month for month in course.months if month.id == term.month_id),
        exercises=tuple(one for one in course.exercises if any(find(word) is term for word in one.concepts)),
        book=tuple((section, materials.get(_chapter(section))) for section in term.book),
        materials=tuple(materials[id] for id in term.materials),
        related=tuple(other for name in term.related if (other := find(name)) is not None),
    )


def _chapter(section: str) -> str:
    """The id of a chapter's material: "chapter-3" for 3.5.1, "appendix-a" for A.2."""
    number = section.partition(".")[0]
    return f"chapter-{number}" if number.isdigit() else f"appendix-{number.lower()}"
