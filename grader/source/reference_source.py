"""The reference's text for one exercise: what the judge runs, what mistakes edit, what a solution looks like."""

from __future__ import annotations

import ast
import linecache
import sys
import types

from exercises.course import Exercise, Mistake
from grader.source import slicing

FILENAME = "<reference>"


class BadMistake(ValueError):
    """A mistake's `replace` does not occur exactly once in the exercise's reference."""


def text(exercise: Exercise) -> str:
    """The exercise's symbols with all that they need from their own file, comments kept."""
    source = slicing.source_of(exercise.reference)
    lines = source.splitlines()
    wanted: dict[str, set[int]] = {}
    for symbol in exercise.symbols:
        slicing.needed(exercise.reference, symbol, wanted)
    statements = slicing.statements_of(exercise.reference)
    chunks: list[str] = []
    for index in sorted(wanted.get(exercise.reference, ())):
        node = statements[index]
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        while first > 1 and lines[first - 2].startswith("#"):
            first -= 1
        gap = "" if isinstance(node, ast.Import | ast.ImportFrom) and chunks else "\n\n" if chunks else ""
        chunks.append(gap + "\n".join(lines[first - 1 : node.end_lineno]))
    return "\n".join(chunks).lstrip("\n") + "\n"


def as_solution(exercise: Exercise, source: str | None = None) -> str:
    """The same, as a learner would write it: what comes from other reference files is imported from `parts`."""
    out = []
    for line in (text(exercise) if source is None else source).splitlines():
        if line.startswith("from reference.") and " import " in line:
            line = "from parts import " + line.split(" import ", 1)[1]
        out.append(line)
    return "\n".join(out) + "\n"


def edited(exercise: Exercise, mistake: Mistake) -> str:
    """The reference's text with the mistake made; raises BadMistake where the edit does not fit."""
    source = text(exercise)
    for old, new in mistake.edits:
        count = source.count(old)
        if count != 1:
            raise BadMistake(
                f"{exercise.id}: mistake {mistake.id}: `replace` stands {count} times in the reference of "
                f"{', '.join(exercise.symbols)}; it must stand once. It is: {old!r}"
            )
        source = source.replace(old, new)
    return source


def module(source: str, name: str = "oracle", filename: str = FILENAME) -> types.ModuleType:
    """The text as a module of this process. Only for the project's own code."""
    made = types.ModuleType(name)
    sys.modules[name] = made
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    exec(compile(source, filename, "exec", dont_inherit=True), made.__dict__)
    return made


def spans(source: str, symbols: tuple[str, ...]) -> list[tuple[int, int]]:
    """The line ranges of the symbols in the text."""
    return [(node.lineno, node.end_lineno or node.lineno) for node in ast.parse(source).body
            if getattr(node, "name", None) in symbols]  # fmt: skip
