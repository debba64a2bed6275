"""Finds calls that would make an exercise pointless, by the syntax tree, under whatever name they were imported.

Only the code that the exercise's symbols are made of counts: a chapter's file may hold other classes that rightly
use what this exercise forbids, and a comparison with PyTorch below a main guard is good practice.
"""

from __future__ import annotations

import ast


def first_hit(source: str, forbids: tuple[str, ...], symbols: tuple[str, ...]) -> tuple[str, int] | None:
    """(the forbidden name, its line), or None. Names are dotted ("torch.softmax"); "Tensor.softmax" means the
    method on any value. A source that does not parse has no hit: its error is told elsewhere."""
    if not forbids:
        return None
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    names = _names(tree)
    hits = [
        (found, target.lineno)
        for statement in _made_of(tree, symbols)
        for node in ast.walk(statement)
        for target in _uses(node)
        if (found := _match(target, names, forbids))
    ]
    hits += [
        (names[alias.asname or alias.name], statement.lineno)
        for statement in tree.body
        if isinstance(statement, ast.ImportFrom)
        for alias in statement.names
        if (alias.asname or alias.name) in symbols and names.get(alias.asname or alias.name) in forbids
    ]
    return min(hits, key=lambda hit: hit[1], default=None)


def _made_of(tree: ast.Module, symbols: tuple[str, ...]) -> list[ast.stmt]:
    """The top-level statements that define the symbols, and those that define what these use."""
    wanted, found, grew = set(symbols), [], True
    while grew:
        grew = False
        for statement in tree.body:
            if statement not in found and _binds(statement) & wanted:
                found.append(statement)
                wanted |= {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
                grew = True
    return found


def _binds(statement: ast.stmt) -> set[str]:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return set()
    return {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _uses(node: ast.AST) -> list[ast.expr]:
    """What a piece of code puts to use: what it calls, hands on, keeps under another name, or returns."""
    if isinstance(node, ast.Call):
        return [node.func, *node.args, *(keyword.value for keyword in node.keywords)]
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.Return | ast.NamedExpr) and node.value is not None:
        return [node.value]
    if isinstance(node, ast.ClassDef):
        return node.bases
    if isinstance(node, ast.Lambda):
        return [node.body]
    return []


def _names(tree: ast.Module) -> dict[str, str]:
    """What each name of the file stands for, through imports and plain assignments."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.split(".")[0]
                names[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            dotted = _dotted(node.value, names)
            if dotted and dotted.startswith("torch"):
                names[node.targets[0].id] = dotted
    return names


def _dotted(node: ast.expr, names: dict[str, str]) -> str | None:
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute):
        base = _dotted(node.value, names)
        return f"{base}.{node.attr}" if base else None
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "getattr"
        and len(node.args) > 1
        and isinstance(node.args[1], ast.Constant)
        and isinstance(node.args[1].value, str)
    ):
        base = _dotted(node.args[0], names)
        return f"{base}.{node.args[1].value}" if base else None
    return None


def _match(node: ast.expr, names: dict[str, str], forbids: tuple[str, ...]) -> str | None:
    dotted = _dotted(node, names)
    if dotted is not None:
        return dotted if dotted in forbids or dotted.replace("torch.Tensor", "Tensor") in forbids else None
    if isinstance(node, ast.Attribute) and f"Tensor.{node.attr}" in forbids:
        own = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
        return None if own else f".{node.attr}()"
    return None
