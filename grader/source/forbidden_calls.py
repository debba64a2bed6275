"""Finds calls that would make an exercise pointless, by the syntax tree, under whatever name they go.

Only the code that the exercise's symbols are made of counts: a chapter's file may hold other classes that rightly
use what this exercise forbids, and a comparison with PyTorch below a main guard is good practice. The syntax tree
decides, not a look at running code: that would have to tell a learner's calls from those that torch makes for them.
"""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

from grader.source.recursion import deeper
from grader.source.scopes import Scopes

# kernels behind one function: aten's _scaled_dot_product_flash_attention_for_cpu is scaled_dot_product_attention
VARIANT = re.compile(r"flash|efficient|math|cudnn|fused|overrideable|for_?cpu|native|forward|special|safe|data$|_")


def first_hit(source: str, forbids: tuple[str, ...], symbols: tuple[str, ...]) -> tuple[str, int] | None:
    """(the forbidden name, its line), or None. Names are dotted ("torch.softmax"); "Tensor.softmax" means the
    method on any value. A source that does not parse has no hit: its error is told elsewhere."""
    if not forbids:
        return None
    known = parsed(source)
    if known is None:
        return None
    with deeper():
        return _first_hit(*known, forbids, symbols)


def _first_hit(
    tree: ast.Module, scopes: Scopes, forbids: tuple[str, ...], symbols: tuple[str, ...]
) -> tuple[str, int] | None:
    made_of = _made_of(tree, symbols)
    own = _own_methods(tree)
    hits = [(found, node.lineno) for statement in made_of for node in _mentioned(statement)
            if (found := _match(node, scopes, forbids, own))]  # fmt: skip
    for statement in tree.body:
        if isinstance(statement, ast.ImportFrom):
            for alias in statement.names:
                name = f"{statement.module}.{alias.name}"
                if (alias.asname or alias.name) in symbols and _is_forbidden(name, forbids):
                    hits.append((name, statement.lineno))
    return min(hits, key=lambda hit: hit[1], default=None)


@lru_cache(maxsize=1)
def parsed(source: str) -> tuple[ast.Module, Scopes] | None:
    """The tree of a source and its scopes, or None where Python cannot read it; kept for who asks next."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    with deeper():
        return tree, Scopes(tree)


def _made_of(tree: ast.Module, symbols: tuple[str, ...]) -> list[ast.stmt]:
    """The top-level statements that define the symbols, and those that define what these use."""
    binders: dict[str, list[int]] = {}
    for index, statement in enumerate(tree.body):
        for name in _binds(statement):
            binders.setdefault(name, []).append(index)
    found, waiting = set[int](), list(symbols)
    while waiting:
        for index in binders.pop(waiting.pop(), ()):
            if index not in found:
                found.add(index)
                waiting += {node.id for node in ast.walk(tree.body[index]) if isinstance(node, ast.Name)}
    return [tree.body[index] for index in sorted(found)]


def _binds(statement: ast.stmt) -> set[str]:
    """The names that a statement gives a meaning or changes: also Class of `Class.forward = …` and setattr."""
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


def _mentioned(statement: ast.AST) -> Iterator[ast.expr]:
    """Every expression of a statement that takes part when it runs: no annotations, no isinstance."""
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
    if isinstance(node, ast.Call) and (hidden := _by_computed_name(node, scopes)):
        return hidden
    if dotted:
        return None
    method = _method(node, scopes)
    if method is None or f"Tensor.{method[1]}" not in forbids:
        return None
    value, name = method
    holders = own.get(name, set())
    if value is not None and ({_key(value), _made_by(value)} & holders):
        return None
    return f".{name}()"


def _method(node: ast.expr, scopes: Scopes) -> tuple[ast.expr | None, str] | None:
    """(the value, the method's name) where an expression takes a method from a value."""
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


def _by_computed_name(node: ast.Call, scopes: Scopes) -> str | None:
    """getattr(torch, name): what it gives cannot be seen, so it may not stand in a solution that forbids calls."""
    if "getattr" not in scopes.dotted(node.func) or len(node.args) < 2 or scopes.dotted(node):
        return None
    bases = [base for base in scopes.dotted(node.args[0]) if base.split(".")[0] == "torch"]
    constant = isinstance(node.args[1], ast.Constant)
    return f"getattr({bases[0]}, …)" if bases and not constant else None


def _own_methods(tree: ast.Module) -> dict[str, set[str]]:
    """{method: the file's classes that define it, and the names and attributes that hold one of these}."""
    own: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and _base(node) == {"self"}:
            own.setdefault(node.attr, set()).add("self")  # self.softmax = … : what that is, is looked at there
        if isinstance(node, ast.ClassDef):
            for item in node.body:
                if isinstance(item, ast.FunctionDef):
                    own.setdefault(item.name, set()).update((node.name, "self", "cls"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            made = _made_by(node.value)
            for holders in own.values():
                if made in holders:
                    holders.update(key for target in node.targets if (key := _key(target)))
    return own


def _made_by(node: ast.expr) -> str:
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else "-"


def _key(node: ast.expr) -> str:
    """ "x" or "self.x", for what a value is kept under."""
    if isinstance(node, ast.Name):
        return node.id
    return f"self.{node.attr}" if isinstance(node, ast.Attribute) and _base(node) == {"self"} else "-"


@cache
def _is_forbidden(name: str, forbids: tuple[str, ...]) -> bool:
    """Whether a dotted name is a forbidden one, another name of the same object, or torch's kernel behind it."""
    if name in forbids or name.replace("torch.Tensor", "Tensor") in forbids:
        return True
    parts = name.split(".")
    if parts[0] not in {known.split(".")[0] for known in forbids}:
        return False
    if parts[0] == "torch" and any(part.startswith("_") or part == "ops" for part in parts[1:]):
        plain = {VARIANT.sub("", known.rsplit(".", 1)[1].lower()) for known in forbids}
        return any(VARIANT.sub("", part.lower()) in plain for part in parts[1:])
    found = _object(name)
    return found is not None and any(found is _object(known) for known in forbids)


@cache
def _object(name: str) -> Any:
    """What a dotted name of torch is, or None."""
    if not name.startswith("torch."):
        return None
    found: Any = importlib.import_module("torch")
    for part in name.split(".")[1:]:
        found = getattr(found, part, None)
    return found if callable(found) else None
