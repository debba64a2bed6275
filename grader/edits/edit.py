"""A small change of a syntax tree, and the words that describe it."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

MAX_CODE = 48  # characters of code in a sentence


class Replacement(NamedTuple):
    """The new value of a node's field."""

    node: ast.AST
    field: str
    new: Any


@dataclass(frozen=True)
class Edit:
    """A change of a function of the reference, of the class `owner` or of none (""). `says` follows "Your results are
    those of code", `place` says where that is."""

    kind: str
    says: str
    place: str
    replacements: tuple[Replacement, ...]
    line: int
    function: ast.FunctionDef
    owner: str

    @property
    def sentence(self) -> str:
        return f"{self.says}, {self.place}" if self.place else self.says

    @contextlib.contextmanager
    def applied(self) -> Iterator[None]:
        """Changes the tree in the block, and takes the change back."""
        old = [getattr(node, field) for node, field, _ in self.replacements]
        for node, field, new in self.replacements:
            for part in new if isinstance(new, list) else [new]:
                _locate(part, self.line)
            setattr(node, field, new)
        try:
            yield
        finally:
            for (node, field, _), value in zip(self.replacements, old, strict=True):
                setattr(node, field, value)


def _locate(node: ast.AST, line: int) -> None:
    """Gives the nodes that are new the line. Those of the reference have one already."""
    if isinstance(node, ast.expr | ast.stmt | ast.keyword) and getattr(node, "end_lineno", None) is None:
        node.lineno, node.col_offset, node.end_lineno, node.end_col_offset = line, 0, line, 0
    elif isinstance(node, ast.expr | ast.stmt | ast.keyword):
        return
    for child in ast.iter_child_nodes(node):
        _locate(child, line)


def code(node: ast.AST) -> str:
    """Returns a node's code in backticks, shortened."""
    text = " ".join(ast.unparse(node).split())
    return f"`{text}`" if len(text) <= MAX_CODE else f"`{text[: MAX_CODE - 1].rstrip()}…`"


def head(statement: ast.stmt) -> str:
    """Returns the first line of a statement's code in backticks."""
    text = ast.unparse(statement).splitlines()[0].strip()
    return f"`{text}`" if len(text) <= MAX_CODE else f"`{text[: MAX_CODE - 1].rstrip()}…`"


def place(statement: ast.stmt, function: str) -> str:
    """Says where in the reference a statement is: "where `weights` is computed"."""
    match statement:
        case ast.Assign(targets=[target]) | ast.AnnAssign(target=target) | ast.AugAssign(target=target):
            names = target.elts if isinstance(target, ast.Tuple) else [target]
            listed = " and ".join(code(name) for name in names)
            return f"where {listed} {'is' if len(names) == 1 else 'are'} computed"
        case ast.Return():
            return f"in what `{function}` returns"
        case ast.For(target=target):
            return f"in the loop over {code(target)}"
        case ast.If() | ast.While():
            return f"in the condition {code(statement.test)}"
        case _:
            return f"in {head(statement)}"
