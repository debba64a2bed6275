"""Turns a source into tokens that stay the same when names, comments, type annotations and layout change."""

from __future__ import annotations

import ast
from collections.abc import Sequence

MAX_TOKENS = 3_000  # of one source
TYPE_FIELDS = {"annotation", "returns", "type_comment", "type_params"}  # fields of the syntax tree that hold types

Token = tuple[str, int]  # (word, line)


def token_stream(source: bytes) -> list[Token]:
    """Returns the nodes of the syntax tree in order. All names that the source defines become the same word, and so do
    all strings; docstrings, comments, imports and annotations are left out. Returns [] if it is not valid Python."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    own_names, own_attributes = _defined_names(tree)
    tokens: list[Token] = []
    stack: list[tuple[ast.AST, int]] = [(tree, 1)]
    while stack and len(tokens) < MAX_TOKENS:
        node, line = stack.pop()
        line = getattr(node, "lineno", line)
        if isinstance(node, ast.Import | ast.ImportFrom | ast.expr_context | ast.Pass) or _is_string_statement(node):
            continue
        if isinstance(node, ast.AnnAssign) and node.value is None:
            continue
        if not isinstance(node, ast.Module):
            tokens.append((_word(node, own_names, own_attributes), line))
        stack.extend((child, line) for child in reversed(_children(node)))
    return tokens


def _children(node: ast.AST) -> list[ast.AST]:
    children: list[ast.AST] = []
    for name, value in ast.iter_fields(node):
        if name not in TYPE_FIELDS:
            values = value if isinstance(value, list) else [value]
            children.extend(child for child in values if isinstance(child, ast.AST))
    return children


def _is_string_statement(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _defined_names(tree: ast.AST) -> tuple[set[str], set[str]]:
    """The names and the attributes that the source defines."""
    names, attributes = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
            attributes.add(node.name)  # it may be a method
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            attributes.add(node.attr)
    return names, attributes


def _word(node: ast.AST, own_names: set[str], own_attributes: set[str]) -> str:
    match node:
        case ast.Name(id=id):
            return "name" if id in own_names else id
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
    """All runs of `size` consecutive words, in order."""
    return list(zip(*(words[i:] for i in range(size)), strict=False))
