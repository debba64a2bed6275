"""Extracts from the reference exactly what an exercise offers as `parts`, and nothing else."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import exercises
from exercises.location import reference_file

ROOT = Path(exercises.__file__).resolve().parent.parent


@cache
def source_of(module: str) -> str:
    """Returns the source of a reference module such as "reference.attention"."""
    return reference_file(module).read_text(encoding="utf-8")


@cache
def statements_of(module: str) -> tuple[ast.stmt, ...]:
    """Returns the top-level statements of a reference module."""
    return tuple(ast.parse(source_of(module)).body)


def _binds(statement: ast.stmt) -> set[str]:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).split(".")[0] for alias in statement.names}
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        return {
            node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
    return set()


def _uses(statement: ast.stmt) -> set[str]:
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


def add_dependencies(module: str, name: str, indices: dict[str, set[int]]) -> None:
    """Adds to `indices`, by module, the statements that define a name and everything that it depends on."""
    for index, statement in enumerate(statements_of(module)):
        if name not in _binds(statement) or index in indices.setdefault(module, set()):
            continue
        indices[module].add(index)
        if isinstance(statement, ast.ImportFrom) and (statement.module or "").startswith("reference."):
            for alias in statement.names:
                add_dependencies(str(statement.module), alias.name, indices)
            continue
        for used in _uses(statement):
            add_dependencies(module, used, indices)


def sliced(symbols: Iterable[tuple[str, str]]) -> tuple[dict[str, str], dict[str, str]]:
    """Returns (sources, offers) for (module, name) pairs: the slice of each module, in the order of execution and with
    imports from `reference.` changed to `parts.`; and the module of each offered name."""
    pairs = list(symbols)
    indices: dict[str, set[int]] = {}
    for module, name in pairs:
        add_dependencies(module, name, indices)
    sources: dict[str, str] = {}

    def add_source(module: str) -> None:
        short = module.removeprefix("reference.")
        if short in sources:
            return
        lines = ["from __future__ import annotations"]
        for index in sorted(indices[module]):
            statement = statements_of(module)[index]
            if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
                continue
            if isinstance(statement, ast.ImportFrom) and (statement.module or "").startswith("reference."):
                add_source(str(statement.module))
                statement = ast.ImportFrom(
                    f"parts.{str(statement.module).removeprefix('reference.')}", statement.names, 0
                )
            lines.append(ast.unparse(statement))
        sources[short] = "\n".join(lines) + "\n"

    for module in list(indices):
        add_source(module)
    return sources, {name: module.removeprefix("reference.") for module, name in pairs}
