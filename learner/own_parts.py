"""Finds the learner's passed parts for a check that runs with them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from exercises.course import Course
from exercises.exercise import Exercise
from learner.passed import passed_sources


@dataclass(frozen=True)
class OwnPart:
    """An exercise's file as it last passed, and the symbols that a check takes from it."""

    exercise: str
    file_name: str
    symbols: tuple[str, ...]
    source: bytes


def find_own_parts(course: Course, progress_path: Path, exercise: Exercise, offered: list[str]) -> list[OwnPart]:
    """Returns the learner's passed files that define some of the `offered` parts, written "module:Name".

    Empty for an exercise that is checked with the reference's parts, as most are. Changes no file.
    """
    if not exercise.own_parts:
        return []
    sources = passed_sources(progress_path)
    own = []
    for other in course.exercises:
        symbols = tuple(symbol for symbol in other.symbols if f"{other.reference}:{symbol}" in offered)
        if symbols and other.id in sources and other.id != exercise.id:
            own.append(OwnPart(other.id, other.file_name, symbols, sources[other.id]))
    return own
