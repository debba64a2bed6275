"""Small changes of a function's statements: one left out, two in another order, a branch or a loop taken otherwise."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from grader.edits.edit import code, head
from grader.edits.expressions import Scope


class BlockChange(NamedTuple):
    """A replacement of a block of statements; `line` is that of the statement that is changed."""

    kind: str
    says: str
    new: list[ast.stmt]
    line: int


def changes(block: list[ast.stmt], in_function: bool, scope: Scope) -> Iterator[BlockChange]:
    """Yields the changes of a block's own statements; those of the blocks within them are yielded for these."""
    for index, statement in enumerate(block):
        before, after = block[:index], block[index + 1 :]
        line = statement.lineno
        if _can_be_left_out(statement):
            yield BlockChange("step", f"without the step {head(statement)}", before + (after or [ast.Pass()]), line)
        if after and in_function and _is_step(statement) and _is_step(after[0]):
            swapped = [*before, after[0], statement, *after[1:]]
            yield BlockChange("order", f"that has {head(after[0])} before {head(statement)}", swapped, line)
        match statement:
            case ast.If(test=test, body=body, orelse=orelse):
                yield BlockChange("condition", f"that acts as if {code(test)} always held", before + body + after, line)
                never = before + orelse + after or [ast.Pass()]
                yield BlockChange("condition", f"that acts as if {code(test)} never held", never, line)
            case ast.For() | ast.While():
                yield from _of_loop(statement, before, after)
            case ast.With(body=body, items=items):
                yield BlockChange("step", f"without {code(items[0])}", before + body + after, line)
            case ast.AugAssign(target=target, value=value):
                plain = ast.Assign([target], value, lineno=line)
                yield BlockChange(
                    "step", f"with {head(plain)} instead of {head(statement)}", [*before, plain, *after], line
                )
            case ast.Assign(targets=[ast.Name() as target], value=value) if in_function:
                added = ast.AugAssign(ast.Name(target.id, ast.Store()), ast.Add(), value, lineno=line)
                says = f"with {head(added)} instead of {head(statement)}"
                yield BlockChange("step", says, [*before, added, *after], line)
            case ast.Return(value=value):
                for says, other in _of_return(value, scope, line):
                    yield BlockChange("result", says, [*before, other, *after], line)
            case ast.Break():
                yield BlockChange("step", "without `break`", before + (after or [ast.Pass()]), line)


def _of_loop(loop: ast.For | ast.While, before: list[ast.stmt], after: list[ast.stmt]) -> Iterator[BlockChange]:
    name = head(loop).strip("`:")
    once = _copy_of_loop(loop, [*loop.body, ast.Break()])
    yield BlockChange("loop", f"that ends `{name}` after its first round", [*before, once, *after], loop.lineno)
    last = loop.body[-1]
    if len(loop.body) > 1 and _is_step(last):
        says = f"that has {head(last)} once, after `{name}`"
        yield BlockChange("loop", says, [*before, _copy_of_loop(loop, loop.body[:-1]), last, *after], last.lineno)
    first = loop.body[0]
    if len(loop.body) > 1 and _is_step(first):
        says = f"that has {head(first)} once, before `{name}`"
        yield BlockChange("loop", says, [*before, first, _copy_of_loop(loop, loop.body[1:]), *after], first.lineno)
    if before and _is_step(before[-1]):
        says = f"that has {head(before[-1])} in each round of `{name}`"
        inside = _copy_of_loop(loop, [before[-1], *loop.body])
        yield BlockChange("loop", says, [*before[:-1], inside, *after], before[-1].lineno)
    if after and not isinstance(after[0], ast.For | ast.While):
        says = f"that has {head(after[0])} in each round of `{name}`"
        inside = _copy_of_loop(loop, [*loop.body, after[0]])
        rest = after[1:] if not isinstance(after[0], ast.Return) else after
        yield BlockChange("loop", says, [*before, inside, *rest], after[0].lineno)


def _copy_of_loop(loop: ast.For | ast.While, body: list[ast.stmt]) -> ast.stmt:
    if isinstance(loop, ast.For):
        return ast.For(loop.target, loop.iter, body, loop.orelse, lineno=loop.lineno)
    return ast.While(loop.test, body, loop.orelse, lineno=loop.lineno)


def _of_return(value: ast.expr | None, scope: Scope, line: int) -> Iterator[tuple[str, ast.stmt]]:
    """Yields a return of each other variable of the kind that the result has, with its words."""
    names = [node.id for node in ast.walk(value) if isinstance(node, ast.Name)] if value else []
    for name in dict.fromkeys(like for own in names for like in [own, *scope.like(own, line)]):
        if not (isinstance(value, ast.Name) and value.id == name):
            says = f"that returns `{name}` instead of {code(value) if value else 'nothing'}"
            yield says, ast.Return(ast.Name(name, ast.Load()))


def _can_be_left_out(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Call) and "super()" not in ast.unparse(statement)
    return isinstance(statement, ast.Assign | ast.AugAssign | ast.If | ast.For)


def _is_step(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.If) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
    )
