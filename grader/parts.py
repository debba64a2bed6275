"""The parts that `parts` offers in a check: the reference's, and the learner's own where the exercise takes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from exercises.exercise import Exercise
from exercises.load import load_course
from grader.verdict import Verdict
from learner.own_parts import OwnPart, find_own_parts
from learner.workspace import Workspace

FIRST_FAILURE = "The first check that fails says: "


def offered_parts(exercise: Exercise) -> list[str]:
    """Returns what `parts` offers during a check, as "module:Name": the exercise's own `parts` and the symbols of
    the exercises that it needs, directly or indirectly, but never a symbol under test."""
    course = {other.id: other for other in load_course().exercises}
    parts: dict[str, str] = {part.partition(":")[2]: part for part in exercise.parts}
    pending, seen = list(exercise.needs), set()
    while pending:
        name = pending.pop()
        if name in seen or name not in course:
            continue
        seen.add(name)
        other = course[name]
        for symbol in other.symbols:
            parts.setdefault(symbol, f"{other.reference}:{symbol}")
        pending += other.needs
    return sorted(part for symbol, part in parts.items() if symbol not in exercise.symbols)


def own_parts_of(workspace: Workspace, exercise: Exercise) -> list[OwnPart]:
    """Returns the learner's passed parts for a check of this exercise; none where it takes the reference's."""
    return find_own_parts(workspace.course, workspace.progress_path, exercise, offered_parts(exercise))


def own_files(offered: Sequence[str], own_parts: Sequence[OwnPart]) -> list[dict[str, Any]]:
    """Returns the learner's files as `grader.child.parts` takes them: with what they define of the offered parts and
    what their own imports from `parts` find."""
    modules = _by_symbol(offered)
    return [
        {
            "file": own.file_name,
            "source": own.source.decode("utf-8-sig", "replace"),
            "defines": {symbol: modules[symbol] for symbol in own.symbols},
            "offers": _by_symbol(offered_parts(load_course().exercise(own.exercise))),
        }
        for own in own_parts
    ]


def _by_symbol(parts: Sequence[str]) -> dict[str, str]:
    return {symbol: module.removeprefix("reference.") for module, _, symbol in (part.partition(":") for part in parts)}


def blaming(verdict: Verdict, own_parts: Sequence[OwnPart]) -> Verdict:
    """Returns the verdict on a source that passes with the reference's parts, and fails with these of the learner."""
    names = ", ".join(f"`{symbol}`" for own in own_parts for symbol in own.symbols)
    ids = ", ".join(own.exercise for own in own_parts)
    message = (
        f"With the reference's parts your code passes, so the cause is in your own {names} ({ids}), although it "
        f"passed its own checks. {FIRST_FAILURE}{verdict.message}"
    )
    return msgspec.structs.replace(
        verdict, message=message, mistake=None, missing_stage=None, stages=[], line=None, line_text=None
    )
