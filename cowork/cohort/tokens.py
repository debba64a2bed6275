"""A source as a stream of tokens that stays the same when names, comments, types and layout change."""

from __future__ import annotations

import ast
from collections.abc import Sequence

MAX_TOKENS = 3_000  # of a source that are looked at
TYPE_FIELDS = {"annotation", "returns", "type_comment", "type_params"}  # fields that only say of what type something is

Token = tuple[str, int]  # what it is, and its line


def token_stream(source: bytes) -> list[Token]:
    """The source's syntax tree from top to bottom. Names that the source gives itself are all one name; docstrings,
    comments, imports and annotations are gone, texts are all one text. Empty for what is not Python."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    own, own_attributes = _given_names(tree)
    found: list[Token] = []
    waiting: list[tuple[ast.AST, int]] = [(tree, 1)]
    while waiting and len(found) < MAX_TOKENS:
        node, line = waiting.pop()
        line = getattr(node, "lineno", line)
        if isinstance(node, ast.Import | ast.ImportFrom | ast.expr_context | ast.Pass) or _is_text(node):
            continue
        if isinstance(node, ast.AnnAssign) and node.value is None:
            continue
        if not isinstance(node, ast.Module):
            found.append((_word(node, own, own_attributes), line))
        waiting.extend((child, line) for child in reversed(_children(node)))
    return found


def _children(node: ast.AST) -> list[ast.AST]:
    children: list[ast.AST] = []
    for name, value in ast.iter_fields(node):
        if name not in TYPE_FIELDS:
            children.extend(one for one in (value if isinstance(value, list) else [value]) if isinstance(one, ast.AST))
    return children


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _given_names(tree: ast.AST) -> tuple[set[str], set[str]]:
    """Names and attributes that the source itself sets."""
    names, attributes = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
            attributes.add(node.name)  # a method
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            attributes.add(node.attr)
    return names, attributes


def _word(node: ast.AST, own: set[str], own_attributes: set[str]) -> str:
    match node:
        case ast.Name(id=id):
            return "name" if id in own else id
        case ast.Attribute(attr=attr):
            return "." if attr in own_attributes else f".{attr}"
        case ast.Constant(value=value):
            return "text" if isinstance(value, str | bytes) else repr(value)[:20]
        case ast.keyword(arg=arg):
            return f"{arg}="
        case ast.AnnAssign():
            return "Assign"
        case ast.AsyncFunctionDef():
            return "FunctionDef"
    return type(node).__name__


def grams(words: Sequence[str], size: int) -> list[tuple[str, ...]]:
    """All runs of `size` words, by where they begin."""
    return list(zip(*(words[i:] for i in range(size)), strict=False))
