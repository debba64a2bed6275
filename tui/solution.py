"""The course's own solution to an exercise, as text: read from the reference's source, never imported."""

from __future__ import annotations

import ast

from exercises.course import Exercise
from grader.slicing import source_of


def solution_text(exercise: Exercise) -> str:
    """The reference's source of an exercise's symbols and of what they use in the same file, with its comments.
    Raises OSError where the file cannot be read."""
    source = source_of(exercise.reference)
    lines = source.splitlines()
    body = ast.parse(source).body
    wanted = set(exercise.symbols)
    while True:
        used = {name for statement in body if _binds(statement) & wanted for name in _uses(statement)}
        if used <= wanted:
            break
        wanted |= used
    chunks: list[str] = []
    end = 0
    for statement in body:
        start = _first_line(statement)
        if _binds(statement) & wanted:
            # Comments right above a definition belong to it.
            while start - 2 >= end and lines[start - 2].startswith("#"):
                start -= 1
            gap = "" if chunks and _is_import(statement) else "\n"
            chunks.append(gap + "\n".join(lines[start - 1 : statement.end_lineno]))
        end = statement.end_lineno or end
    return "\n".join(chunks).strip() + "\n"


def _first_line(statement: ast.stmt) -> int:
    decorators = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def _is_import(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Import | ast.ImportFrom)


def _binds(statement: ast.stmt) -> set[str]:
    match statement:
        case ast.FunctionDef() | ast.ClassDef() | ast.AsyncFunctionDef():
            return {statement.name}
        case ast.Import() | ast.ImportFrom():
            return {(alias.asname or alias.name).split(".")[0] for alias in statement.names}
        case ast.Assign() | ast.AnnAssign():
            return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
    return set()


def _uses(statement: ast.stmt) -> set[str]:
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
