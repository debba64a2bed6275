"""Mechanical edits of a reference, as candidates for an exercise's first mistakes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

OPERATORS: dict[type[ast.AST], tuple[str, str]] = {
    ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "/"), ast.Div: ("/", "*"), ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"), ast.Gt: (">", ">="), ast.GtE: (">=", ">"), ast.FloorDiv: ("//", "/"),
}  # fmt: skip


@dataclass(frozen=True)
class Edit:
    """A mechanical edit of the reference, a candidate for a mistake."""

    id: str
    replace: str
    by: str


def edits(text: str, symbol: str) -> list[Edit]:
    """Returns mechanical edits of a symbol in the exercise's reference: each changes one operator, number, comparison
    or argument, in a text that occurs once."""
    node = next(n for n in ast.parse(text).body if getattr(n, "name", None) == symbol)
    functions = [n for n in ast.walk(node) if isinstance(n, ast.FunctionDef) and n.name != "__init__"]
    first = next((a.arg for n in functions for a in n.args.args if a.arg != "self"), "None")
    found: dict[str, Edit] = {}
    lines = text.splitlines()
    for part in (n for n in ast.walk(node) if isinstance(n, ast.expr | ast.Return) and n.end_lineno == n.lineno):
        line = lines[part.lineno - 1]
        for name, start, end, new in _changes(part, line, first):
            old = line.strip()
            by = (line[:start] + new + line[end:]).strip()
            if text.count(old) == 1 and by != old and _is_valid(text.replace(old, by)):
                number = sum(edit.id.startswith(name) for edit in found.values())
                found[by] = Edit(f"{name}-{number + 1}" if number else name, old, by)
    return list(found.values())


def _changes(n: ast.expr | ast.Return, line: str, first: str) -> Iterator[tuple[str, int, int, str]]:
    """Yields (id, start, end, replacement) for the columns of a line. Columns count bytes, so other text is skipped."""
    if not line.isascii():
        return
    start, end = n.col_offset, n.end_col_offset or 0
    if isinstance(n, ast.BinOp | ast.Compare):
        operator = n.op if isinstance(n, ast.BinOp) else n.ops[0]
        right = n.right if isinstance(n, ast.BinOp) else n.comparators[0]
        old, new = OPERATORS.get(type(operator), ("", ""))
        start = line.find(old, n.left.end_col_offset, right.col_offset) if old else -1
        if start >= 0:
            yield f"{type(operator).__name__.lower()}-swapped", start, start + len(old), new
    elif isinstance(n, ast.Constant) and type(n.value) is bool:
        yield "flag-inverted", start, end, str(not n.value)
    elif isinstance(n, ast.Constant) and type(n.value) is int:
        yield "number-off-by-one", start, end, str(n.value + 1)
    elif isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute) and _is_value(n.func.value):
        yield f"without-{_dashed(n.func.attr)}", n.func.value.end_col_offset or 0, end, ""
    elif isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and len(n.args) == 1 and not n.keywords:
        yield f"without-{_dashed(n.func.id)}", start, end, line[n.args[0].col_offset : n.args[0].end_col_offset]
    elif isinstance(n, ast.Return):
        yield "argument-returned", start, end, f"return {first}"


def _is_valid(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:  # an edit of one line of a longer expression
        return False
    return True


def _is_value(node: ast.expr) -> bool:
    """Whether a method's object can stand in its call's place: not a module, `self` or `super()`."""
    if isinstance(node, ast.Name):
        return node.id not in ("self", "torch", "nn", "math", "re", "F", "itertools")
    return not ast.unparse(node).startswith(("super()", "torch.", "nn.", "self."))


def _dashed(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "call"
