"""Finds the line of a learner's file to look at when no line of it raised: where something is defined or returned."""

from __future__ import annotations

import ast

from grader.source.text import lines_of

Function = ast.FunctionDef | ast.AsyncFunctionDef
Place = tuple[int, str]


def definition(source: str, name: str, method: str | None = None) -> Place | None:
    """(line, its text) of a top-level class or function, or of a method of it where it has that."""
    found = _top(source, name)
    if isinstance(found, ast.ClassDef) and method:
        found = next((n for n in found.body if isinstance(n, Function) and n.name == method), found)
    return _place(source, found.lineno) if found is not None else None


def result(source: str, name: str) -> Place | None:
    """(line, its text) of the last `return` of a function, or of a class's forward; of its `def` without one."""
    found = _top(source, name)
    if isinstance(found, ast.ClassDef):
        found = next((n for n in found.body if isinstance(n, Function) and n.name in ("forward", "__call__")), None)
    if not isinstance(found, Function):
        return None
    inner = {n for f in ast.walk(found) if isinstance(f, Function | ast.Lambda) and f is not found for n in ast.walk(f)}
    returns = [n for n in ast.walk(found) if isinstance(n, ast.Return) and n not in inner]
    last = max((n.lineno for n in returns), default=found.lineno)
    return _place(source, last)


def _top(source: str, name: str) -> ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | None:
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return next((n for n in reversed(body) if isinstance(n, kinds) and n.name == name), None)


def _place(source: str, line: int) -> Place:
    return line, lines_of(source)[line - 1]
