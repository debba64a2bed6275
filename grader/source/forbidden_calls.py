"""Finds calls that would make an exercise pointless, under whatever name the code calls them.

Only code that the exercise's symbols depend on is checked: a chapter's file may contain other classes that rightly use
what this exercise forbids, and comparisons with PyTorch under a main guard. It reads the syntax tree, since at run time
a learner's calls look like those that torch makes itself.
"""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

from grader.source.recursion import deep_recursion
from grader.source.scopes import Scopes

# parts of kernels' names: _scaled_dot_product_flash_attention_for_cpu is scaled_dot_product_attention
VARIANT = re.compile(r"flash|efficient|math|cudnn|fused|overrideable|for_?cpu|native|forward|special|safe|data$|_")


def first_hit(source: str, forbids: tuple[str, ...], symbols: tuple[str, ...]) -> tuple[str, int] | None:
    """Returns (the forbidden name, its line), or None. Names are dotted ("torch.softmax"); "Tensor.softmax" means the
    method of any value. A source that does not parse has no hit."""
    if not forbids:
        return None
    result = parsed(source)
    if result is None:
        return None
    with deep_recursion():
        return _first_hit(*result, forbids, symbols)


def _first_hit(
    tree: ast.Module, scopes: Scopes, forbids: tuple[str, ...], symbols: tuple[str, ...]
) -> tuple[str, int] | None:
    own = _own_methods(tree)
    hits = [(name, node.lineno) for statement in _dependencies(tree, symbols) for node in _executed(statement)
            if (name := _match(node, scopes, forbids, own))]  # fmt: skip
    for statement in tree.body:
        if isinstance(statement, ast.ImportFrom):
            for alias in statement.names:
                name = f"{statement.module}.{alias.name}"
                if (alias.asname or alias.name) in symbols and _is_forbidden(name, forbids):
                    hits.append((name, statement.lineno))
    return min(hits, key=lambda hit: hit[1], default=None)


@lru_cache(maxsize=1)
def parsed(source: str) -> tuple[ast.Module, Scopes] | None:
    """Returns the syntax tree of a source and its scopes, or None where it does not parse."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    with deep_recursion():
        return tree, Scopes(tree)


def _dependencies(tree: ast.Module, symbols: tuple[str, ...]) -> list[ast.stmt]:
    """Returns the top-level statements that define the symbols, and those that these depend on."""
    binders: dict[str, list[int]] = {}
    for index, statement in enumerate(tree.body):
        for name in _binds(statement):
            binders.setdefault(name, []).append(index)
    indices, waiting = set[int](), list(symbols)
    while waiting:
        for index in binders.pop(waiting.pop(), ()):
            if index not in indices:
                indices.add(index)
                waiting += {node.id for node in ast.walk(tree.body[index]) if isinstance(node, ast.Name)}
    return [tree.body[index] for index in sorted(indices)]


def _binds(statement: ast.stmt) -> set[str]:
    """Returns the names that a statement binds or changes, among them Class in `Class.forward = …` and setattr."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom) or _is_main_guard(statement):
        return set()
    names = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
            names |= _base(node)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "setattr" and node.args:
            names |= _base(node.args[0])
    return names


def _base(node: ast.expr) -> set[str]:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return {node.id} if isinstance(node, ast.Name) else set()


def _is_main_guard(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.If) and any(
        isinstance(node, ast.Name) and node.id == "__name__" for node in ast.walk(statement.test)
    )


def _executed(statement: ast.AST) -> Iterator[ast.expr]:
    """Yields every expression of a statement, without annotations and the classes in isinstance."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.expr) and not isinstance(getattr(node, "ctx", None), ast.Store):
            yield node
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("isinstance", "issubclass")
        ):
            waiting += node.args[:1]
            continue
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns"):
                continue
            waiting += [
                child for child in (value if isinstance(value, list) else [value]) if isinstance(child, ast.AST)
            ]


def _match(node: ast.expr, scopes: Scopes, forbids: tuple[str, ...], own: dict[str, set[str]]) -> str | None:
    dotted = scopes.dotted(node)
    for name in sorted(dotted):
        if _is_forbidden(name, forbids):
            return name
    if isinstance(node, ast.Call) and (computed := _computed_name(node, scopes)):
        return computed
    if dotted:
        return None
    method = _method(node, scopes)
    if method is None or f"Tensor.{method[1]}" not in forbids:
        return None
    value, name = method
    if value is not None and {_key(value), _class_of(value)} & own.get(name, set()):
        return None
    return f".{name}()"


def _method(node: ast.expr, scopes: Scopes) -> tuple[ast.expr | None, str] | None:
    """Returns (the value, the method's name) for an expression that gets a method of a value."""
    if isinstance(node, ast.Attribute):
        return (node.value, node.attr) if not scopes.dotted(node.value) else None
    if isinstance(node, ast.Call) and node.args:
        called = scopes.dotted(node.func)
        texts = [argument.value if isinstance(argument, ast.Constant) else None for argument in node.args[:2]]
        if "getattr" in called and len(texts) > 1 and isinstance(texts[1], str):
            return node.args[0], texts[1]
        if called & {"operator.methodcaller", "operator.attrgetter"} and isinstance(texts[0], str):
            return None, texts[0]
    return None


def _computed_name(node: ast.Call, scopes: Scopes) -> str | None:
    """Returns getattr(torch, …) with a computed name, whose result is unknown, so it counts as forbidden."""
    if "getattr" not in scopes.dotted(node.func) or len(node.args) < 2 or scopes.dotted(node):
        return None
    bases = [base for base in scopes.dotted(node.args[0]) if base.split(".")[0] == "torch"]
    constant = isinstance(node.args[1], ast.Constant)
    return f"getattr({bases[0]}, …)" if bases and not constant else None


def _own_methods(tree: ast.Module) -> dict[str, set[str]]:
    """Returns {method: the file's classes that define it, and the names and attributes of their instances}."""
    own: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and _base(node) == {"self"}:
            own.setdefault(node.attr, set()).add("self")  # in self.softmax = …, the assigned value is checked
        if isinstance(node, ast.ClassDef):
            for item in node.body:
                if isinstance(item, ast.FunctionDef):
                    own.setdefault(item.name, set()).update((node.name, "self", "cls"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            class_name = _class_of(node.value)
            for owners in own.values():
                if class_name in owners:
                    owners.update(key for target in node.targets if (key := _key(target)))
    return own


def _class_of(node: ast.expr) -> str:
    """Returns the name of the class, or function, that an expression calls."""
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else "-"


def _key(node: ast.expr) -> str:
    """Returns "x" or "self.x" for a variable or an attribute of self."""
    if isinstance(node, ast.Name):
        return node.id
    return f"self.{node.attr}" if isinstance(node, ast.Attribute) and _base(node) == {"self"} else "-"


@cache
def _is_forbidden(name: str, forbids: tuple[str, ...]) -> bool:
    """Returns whether a dotted name is forbidden: itself, as a different name of the object, or as torch's kernel."""
    if name in forbids or name.replace("torch.Tensor", "Tensor") in forbids:
        return True
    parts = name.split(".")
    if parts[0] not in {forbidden.split(".")[0] for forbidden in forbids}:
        return False
    if parts[0] == "torch" and any(part.startswith("_") or part == "ops" for part in parts[1:]):
        plain = {VARIANT.sub("", forbidden.rsplit(".", 1)[1].lower()) for forbidden in forbids}
        return any(VARIANT.sub("", part.lower()) in plain for part in parts[1:])
    value = _object(name)
    return value is not None and any(value is _object(forbidden) for forbidden in forbids)


@cache
def _object(name: str) -> Any:
    """Returns the function or class that a dotted name of torch stands for, or None."""
    if not name.startswith("torch."):
        return None
    value: Any = importlib.import_module("torch")
    for part in name.split(".")[1:]:
        value = getattr(value, part, None)
    return value if callable(value) else None
