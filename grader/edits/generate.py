"""Generates the small changes of a reference: those of its expressions and of its statements, with their words."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from grader.edits import expressions, statements
from grader.edits.edit import Edit, Replacement, place
from grader.edits.kinds import Kinds

BLOCKS = ("body", "orelse", "finalbody")
# what a call of these changes on the disk: their arguments stay as they are
WRITES = {"open", "save", "unlink", "remove", "rmtree", "mkdir", "write", "write_text", "write_bytes", "rename"}


def edits(tree: ast.Module, kinds: Kinds) -> Iterator[Edit]:
    """Yields the changes of all functions and methods of a module that `kinds` has, in the order of its lines. Each can
    be applied to the tree and taken back."""
    for node in tree.body:
        owner = node.name if isinstance(node, ast.ClassDef) else ""
        for function in node.body if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(function, ast.FunctionDef) and function.name in kinds:
                scope = expressions.Scope(function, owner, kinds[function.name], _first_lines(function))
                found = list(_of_block(function, "body", scope))
                yield from found
                yield from _everywhere(found)


def _first_lines(function: ast.FunctionDef) -> dict[str, int]:
    """Returns the line in which each variable first gets a value; arguments have none."""
    lines: dict[str, int] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            lines[node.id] = min(node.lineno, lines.get(node.id, node.lineno))
    return lines


def _everywhere(found: list[Edit]) -> Iterator[Edit]:
    """Yields the changes that can be made in several places of a function, made in all of them."""
    by_says: dict[str, list[Edit]] = {}
    for edit in found:
        if edit.place:
            by_says.setdefault(edit.says, []).append(edit)
    for same in by_says.values():
        replacements = tuple(part for edit in same for part in edit.replacements)
        fields = {(id(node), field) for node, field, _ in replacements}
        if len(same) > 1 and len(fields) == len(replacements):
            yield replace(same[0], place=f"in {len(same)} places", replacements=replacements)


def _of_block(parent: ast.AST, field: str, scope: expressions.Scope) -> Iterator[Edit]:
    block: list[ast.stmt] = getattr(parent, field)
    in_function = scope.function.name != "__init__"
    for change in statements.changes(block, in_function, scope):
        yield Edit(change.kind, change.says, "", (Replacement(parent, field, change.new),), change.line,
                   scope.function, scope.owner)  # fmt: skip
    for statement in block:
        if isinstance(statement, ast.FunctionDef):
            yield from _of_block(statement, "body", scope)
            continue
        yield from _of_statement(statement, scope)
        for inner in BLOCKS:
            if getattr(statement, inner, None):
                yield from _of_block(statement, inner, scope)


def _of_statement(statement: ast.stmt, scope: expressions.Scope) -> Iterator[Edit]:
    """Yields the changes of a statement's own expressions: of an `if`, those of its condition."""
    if isinstance(statement, ast.Raise | ast.Assert | ast.Import | ast.ImportFrom) or _writes(statement):
        return
    where = place(statement, scope.function.name)
    if _is_docstring(statement):
        return
    for field, value in ast.iter_fields(statement):
        if field in (*BLOCKS, "targets", "target", "annotation", "handlers"):
            continue
        for node in value if isinstance(value, list) else [value]:
            if isinstance(node, ast.expr) and node is value:
                yield from _of_expression(node, statement, field, None, where, scope)
                yield from _of_pairs(node, statement, field, where, scope)
                yield from _of_value(node, statement, field, where, scope)
            elif isinstance(node, ast.withitem):
                yield from _of_parts(node.context_expr, where, scope)


def _of_expression(
    node: ast.expr, parent: ast.AST, field: str, index: int | None, where: str, scope: expressions.Scope
) -> Iterator[Edit]:
    for change in expressions.changes(node, parent, scope):
        replacement = Replacement(parent, field, _replaced(parent, field, index, change.new))
        yield Edit(change.kind, change.says, where, (replacement,), node.lineno, scope.function, scope.owner)
    if not isinstance(node, ast.UnaryOp) or not isinstance(node.operand, ast.Constant):  # -1 is a number
        yield from _of_parts(node, where, scope)


def _of_pairs(node: ast.expr, parent: ast.AST, field: str, where: str, scope: expressions.Scope) -> Iterator[Edit]:
    """Yields the expression with two of its names exchanged."""
    for says, new in expressions.exchanges(node, scope):
        yield Edit("order", says, where, (Replacement(parent, field, new),), node.lineno, scope.function, scope.owner)


def _of_value(node: ast.expr, statement: ast.stmt, field: str, where: str, scope: expressions.Scope) -> Iterator[Edit]:
    """Yields the assignment of a variable with another value."""
    if isinstance(statement, ast.Assign) and isinstance(target := statement.targets[0], ast.Name):
        for kind, says, new in expressions.wraps(node, scope.kinds.get(target.id, ""), target.id):
            yield Edit(
                kind, says, where, (Replacement(statement, field, new),), node.lineno, scope.function, scope.owner
            )


def _of_parts(node: ast.AST, where: str, scope: expressions.Scope) -> Iterator[Edit]:
    if isinstance(node, ast.JoinedStr):
        for index, part in enumerate(node.values):
            if isinstance(part, ast.Constant):
                yield from _of_expression(part, node, "values", index, where, scope)
        return
    for field, value in ast.iter_fields(node):
        if isinstance(value, list):
            for index, part in enumerate(value):
                if isinstance(part, ast.expr):
                    yield from _of_expression(part, node, field, index, where, scope)
                elif isinstance(part, ast.keyword):
                    yield from _of_expression(part.value, part, "value", None, where, scope)
                elif isinstance(part, ast.comprehension):
                    yield from _of_parts(part, where, scope)
        elif isinstance(value, ast.expr):
            yield from _of_expression(value, node, field, None, where, scope)


def _replaced(parent: ast.AST, field: str, index: int | None, new: ast.expr) -> object:
    if index is None:
        return new
    values = list(getattr(parent, field))
    values[index] = new
    return values


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _writes(statement: ast.stmt) -> bool:
    called = [node.func for node in ast.walk(statement) if isinstance(node, ast.Call)]
    names = {func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "") for func in called}
    return bool(names & WRITES)
