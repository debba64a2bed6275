"""The reference's source for one exercise: the judge runs it, mistakes edit it, and learners see it as a solution."""

from __future__ import annotations

import ast
import linecache
import sys
import types
from functools import lru_cache

from exercises.exercise import Exercise, Mistake
from grader.source import slicing

FILENAME = "<reference>"


class BadMistake(ValueError):
    """A mistake's `replace` does not occur exactly once in the exercise's reference."""


def text(exercise: Exercise) -> str:
    """Returns the exercise's symbols with what they need from their own file, including comments."""
    return text_of_symbols(exercise.reference, exercise.symbols)


@lru_cache(maxsize=4)  # a judge and `verify` need it once for each mistake
def text_of_symbols(reference: str, symbols: tuple[str, ...]) -> str:
    source = slicing.source_of(reference)
    lines = source.splitlines()
    indices: dict[str, set[int]] = {}
    for symbol in symbols:
        slicing.add_dependencies(reference, symbol, indices)
    statements = slicing.statements_of(reference)
    chunks: list[str] = []
    for index in sorted(indices.get(reference, ())):
        node = statements[index]
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        while first > 1 and lines[first - 2].startswith("#"):
            first -= 1
        gap = "" if isinstance(node, ast.Import | ast.ImportFrom) and chunks else "\n\n" if chunks else ""
        chunks.append(gap + "\n".join(lines[first - 1 : node.end_lineno]))
    return "\n".join(chunks).lstrip("\n") + "\n"


def as_solution(exercise: Exercise, source: str | None = None) -> str:
    """Returns the source as a learner writes it: imports from other reference files become imports from `parts`."""
    lines = []
    for line in (text(exercise) if source is None else source).splitlines():
        if line.startswith("from reference.") and " import " in line:
            line = "from parts import " + line.split(" import ", 1)[1]
        lines.append(line)
    return "\n".join(lines) + "\n"


def edited(exercise: Exercise, *mistakes: Mistake) -> str:
    """Returns the reference's source with these mistakes; raises BadMistake where an edit does not fit."""
    source = text(exercise)
    for mistake in mistakes:
        for old, new in mistake.edits:
            count = source.count(old)
            if count != 1:
                raise BadMistake(
                    f"{exercise.id}: mistake {mistake.id}: `replace` occurs {count} times in the reference of "
                    f"{', '.join(exercise.symbols)}; it must occur once. It is: {old!r}"
                )
            source = source.replace(old, new)
    return source


def module(source: str, name: str = "reference_solution", filename: str = FILENAME) -> types.ModuleType:
    """Executes a source as a module of this process. Only for the project's own code."""
    result = types.ModuleType(name)
    sys.modules[name] = result
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    exec(compile(source, filename, "exec", dont_inherit=True), result.__dict__)
    return result


def spans(source: str, symbols: tuple[str, ...]) -> list[tuple[int, int]]:
    """Returns the line ranges of the symbols in a source."""
    return [(node.lineno, node.end_lineno or node.lineno) for node in ast.parse(source).body
            if getattr(node, "name", None) in symbols]  # fmt: skip
