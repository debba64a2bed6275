"""Finds the line of a learner's file for a failed check that raised no error: a definition or a return."""

from __future__ import annotations

import ast

from grader.source.text import lines_of

Function = ast.FunctionDef | ast.AsyncFunctionDef
Location = tuple[int, str]


def definition(source: str, name: str, method: str | None = None) -> Location | None:
    """Returns (line, its text) of a top-level class or function, or of a class's method where it exists."""
    node = _top_level(source, name)
    if isinstance(node, ast.ClassDef) and method:
        node = next((n for n in node.body if isinstance(n, Function) and n.name == method), node)
    return _location(source, node.lineno) if node is not None else None


def result(source: str, name: str) -> Location | None:
    """Returns (line, its text) of the last `return` of a function or of a class's forward, or else of its `def`."""
    node = _top_level(source, name)
    if isinstance(node, ast.ClassDef):
        node = next((n for n in node.body if isinstance(n, Function) and n.name in ("forward", "__call__")), None)
    if not isinstance(node, Function):
        return None
    inner = {n for f in ast.walk(node) if isinstance(f, Function | ast.Lambda) and f is not node for n in ast.walk(f)}
    returns = [n for n in ast.walk(node) if isinstance(n, ast.Return) and n not in inner]
    return _location(source, max((n.lineno for n in returns), default=node.lineno))


def _top_level(source: str, name: str) -> ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | None:
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return next((n for n in reversed(body) if isinstance(n, kinds) and n.name == name), None)


def _location(source: str, line: int) -> Location:
    return line, lines_of(source)[line - 1]
