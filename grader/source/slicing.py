"""Cuts out of the reference just what an exercise offers as `parts`, so that nothing else of it comes along."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import exercises

ROOT = Path(exercises.__file__).resolve().parent.parent


@cache
def source_of(module: str) -> str:
    """The text of a reference module such as "reference.attention"."""
    return (ROOT / Path(*module.split("."))).with_suffix(".py").read_text(encoding="utf-8")


@cache
def statements_of(module: str) -> tuple[ast.stmt, ...]:
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


def needed(module: str, name: str, wanted: dict[str, set[int]]) -> None:
    for index, statement in enumerate(statements_of(module)):
        if name not in _binds(statement) or index in wanted.setdefault(module, set()):
            continue
        if isinstance(statement, ast.ImportFrom) and (statement.module or "").startswith("reference."):
            wanted[module].add(index)
            for alias in statement.names:
                needed(str(statement.module), alias.name, wanted)
            continue
        wanted[module].add(index)
        for used in _uses(statement):
            needed(module, used, wanted)


def sliced(symbols: Iterable[tuple[str, str]]) -> tuple[dict[str, str], dict[str, str]]:
    """(sources, offers) for (module, name) pairs: each module's slice in the order to execute them, imports
    among them rewritten from `reference.` to `parts.`, and the module of each offered name."""
    pairs = [(module, name) for module, name in symbols]
    wanted: dict[str, set[int]] = {}
    for module, name in pairs:
        needed(module, name, wanted)
    sources: dict[str, str] = {}

    def place(module: str) -> None:
        short = module.removeprefix("reference.")
        if short in sources:
            return
        lines = ["from __future__ import annotations"]
        for index in sorted(wanted[module]):
            statement = statements_of(module)[index]
            if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
                continue
            if isinstance(statement, ast.ImportFrom) and (statement.module or "").startswith("reference."):
                place(str(statement.module))
                kept = ", ".join(
                    alias.name + (f" as {alias.asname}" if alias.asname else "") for alias in statement.names
                )
                lines.append(f"from parts.{str(statement.module).removeprefix('reference.')} import {kept}")
            else:
                lines.append(ast.unparse(statement))
        sources[short] = "\n".join(lines) + "\n"

    for module in list(wanted):
        place(module)
    return sources, {name: module.removeprefix("reference.") for module, name in pairs}
