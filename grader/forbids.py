"""Finds calls that would make an exercise pointless, by the syntax tree, under whatever name they were imported."""

from __future__ import annotations

import ast


def first_hit(source: str, forbids: tuple[str, ...]) -> tuple[str, int] | None:
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
        (found, node.lineno)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for target in [node.func, *node.args]
        if (found := _match(target, names, forbids))
    ]
    return min(hits, key=lambda hit: hit[1], default=None)


def _names(tree: ast.Module) -> dict[str, str]:
    """What each name of the file stands for, through imports and plain assignments."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
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
