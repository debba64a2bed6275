"""Small changes of one expression: a number, an operator, an argument, a name."""

from __future__ import annotations

import ast
import copy
import itertools
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from grader.edits.edit import code
from grader.edits.vocabulary import COMMUTATIVE, COMPARISONS, CONSTANTS, OPERATORS, OTHERS, numbers, texts, wrapped


class Change(NamedTuple):
    """A replacement of an expression. `says` is "with A instead of B" or "without B"."""

    kind: str
    says: str
    new: ast.expr


class Scope(NamedTuple):
    """A function, the class that owns it or "", the kinds of its variables and attributes (kinds.py), and the lines in
    which its variables first get a value."""

    function: ast.FunctionDef
    owner: str
    kinds: Mapping[str, str]
    since: Mapping[str, int]

    def like(self, name: str, line: int) -> list[str]:
        """Returns the other variables that have a value at that line, or attributes, of the name's kind."""
        kind, is_attribute = self.kinds.get(name), name.startswith("self.")
        return [
            other for other, its in self.kinds.items()
            if its == kind and other != name and other.startswith("self.") == is_attribute
            and self.since.get(other, 0) < line
        ]  # fmt: skip


def changes(node: ast.expr, parent: ast.AST, scope: Scope) -> Iterator[Change]:
    """Yields the changes of an expression itself; those of its parts are yielded for these."""
    match node:
        case ast.Constant(value=bool() as flag):
            yield _instead("flag", node, ast.Constant(not flag), parent)
        case ast.Constant(value=int() | float() as number):
            for wrong in numbers(number):
                yield _instead("number", node, ast.Constant(wrong), parent)
        case ast.Constant(value=str() as text):
            for other in [] if text.isidentifier() else texts(text):
                yield _instead("text", node, ast.Constant(other), parent)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            for wrong in numbers(-number):
                yield _instead("number", node, ast.Constant(wrong), parent)
        case ast.UnaryOp():
            yield _without("operator", node, node.operand, {ast.Not: "not", ast.USub: "-"}.get(type(node.op), "~"))
        case ast.BinOp():
            yield from _of_operation(node, parent)
        case ast.Compare(ops=[operator]):
            for kind in COMPARISONS.get(type(operator), ()):
                yield _instead("comparison", node, ast.Compare(node.left, [kind()], node.comparators), parent)
        case ast.BoolOp():
            opposite = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield _instead("condition", node, ast.BoolOp(opposite, node.values), parent)
            for value in node.values:
                rest = [each for each in node.values if each is not value]
                yield _without("condition", node, rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest), value)
        case ast.IfExp():
            yield Change("condition", f"that always takes {code(node.body)}", node.body)
            yield Change("condition", f"that always takes {code(node.orelse)}", node.orelse)
        case ast.Call():
            yield from _of_call(node, parent)
        case ast.Subscript():
            yield from _of_subscript(node, parent)
        case ast.Tuple() | ast.List() if isinstance(node.ctx, ast.Load) and 2 <= len(node.elts) <= 6:
            for swapped in _swaps(node.elts):
                yield _instead("order", node, type(node)(swapped, ast.Load()), parent)
        case ast.Name(ctx=ast.Load()):
            yield from _of_name(node, parent, scope)
        case ast.Attribute(ctx=ast.Load(), value=ast.Name(id="self")):
            for name in scope.like(f"self.{node.attr}", node.lineno):
                attribute = ast.Attribute(node.value, name.removeprefix("self."), ast.Load())
                yield _instead("name", node, attribute, parent)


def wraps(node: ast.expr, kind: str, name: str) -> Iterator[Change]:
    """Yields what people take for a value of a kind, which the words call `name`."""
    for words, new in zip(wrapped(kind, ast.Name(name)), wrapped(kind, node), strict=True):
        yield Change("value", f"that takes {code(words)} for `{name}`", new)


def exchanges(node: ast.expr, scope: Scope) -> Iterator[tuple[str, ast.expr]]:
    """Yields the expression with two variables or attributes of one kind exchanged, and the words for it."""
    names = {ast.unparse(part) for part in ast.walk(node) if isinstance(part, ast.Name | ast.Attribute)}
    for first, second in itertools.combinations(sorted(names & scope.kinds.keys()), 2):
        if second in scope.like(first, node.lineno):
            new = _Exchange({first: second, second: first}).visit(copy.deepcopy(node))
            yield f"that takes `{first}` for `{second}` and `{second}` for `{first}`", new


class _Exchange(ast.NodeTransformer):
    def __init__(self, names: dict[str, str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.copy_location(_name(self.names[node.id]), node) if node.id in self.names else node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if (other := self.names.get(ast.unparse(node))) is not None:
            return ast.copy_location(ast.Attribute(node.value, other.removeprefix("self."), ast.Load()), node)
        self.generic_visit(node)
        return node


def _of_operation(node: ast.BinOp, parent: ast.AST) -> Iterator[Change]:
    for kind in OPERATORS.get(type(node.op), ()):
        yield _instead("operator", node, ast.BinOp(node.left, kind(), node.right), parent)
    sign = ast.unparse(ast.BinOp(ast.Name("a"), node.op, ast.Name("b")))[1:-1].strip()
    yield _without("term", node, node.left, f"{sign} {ast.unparse(node.right)}")
    yield _without("term", node, node.right, f"{ast.unparse(node.left)} {sign}")
    if not isinstance(node.op, COMMUTATIVE):
        yield _instead("order", node, ast.BinOp(node.right, node.op, node.left), parent)
    for regrouped in _regrouped(node):
        yield _instead("parentheses", node, regrouped, parent)


def _regrouped(node: ast.BinOp) -> Iterator[ast.expr]:
    """Yields an operation without the parentheses around a sum or a product, and with a term moved into a call."""
    left, right = node.left, node.right
    if isinstance(right, ast.BinOp) and _binds(node) >= _binds(right):  # a * (b + c), a / (b * c), a - (b - c)
        yield ast.BinOp(ast.BinOp(left, node.op, right.left), right.op, right.right)
    if isinstance(left, ast.BinOp) and _binds(node) > _binds(left):  # (a + b) * c
        yield ast.BinOp(left.left, left.op, ast.BinOp(left.right, node.op, right))
    if isinstance(left, ast.Call) and left.args and _binds(node) and not isinstance(left.args[0], ast.Starred):
        inside = ast.BinOp(left.args[0], node.op, right)
        yield ast.Call(left.func, [inside, *left.args[1:]], left.keywords)


def _binds(node: ast.BinOp) -> int:
    """Returns how strongly an operator binds: 1 for sums, 2 for products, 0 for others."""
    return {ast.Add: 1, ast.Sub: 1, ast.Mult: 2, ast.Div: 2, ast.MatMult: 2}.get(type(node.op), 0)


def _of_call(node: ast.Call, parent: ast.AST) -> Iterator[Change]:
    func = node.func
    if node.args and isinstance(first := node.args[0], ast.BinOp) and _binds(first):  # sqrt(a + b)
        outside = ast.BinOp(ast.Call(func, [first.left, *node.args[1:]], node.keywords), first.op, first.right)
        yield _instead("parentheses", node, outside, parent)
    if isinstance(func, ast.Attribute) and not _is_module(func.value):
        yield _without("call", node, func.value, f".{func.attr}(…)")
    if node.args and not isinstance(node.args[0], ast.Starred):
        yield _without("call", node, node.args[0], f"{ast.unparse(func)}(…)")
    for index, keyword in enumerate(node.keywords):
        rest = node.keywords[:index] + node.keywords[index + 1 :]
        yield _without("argument", node, ast.Call(func, node.args, rest), keyword)
    if len(node.args) > 1:
        yield _without("argument", node, ast.Call(func, node.args[:-1], node.keywords), node.args[-1])
    called = f"`{ast.unparse(func)}`"
    for arguments in _swaps(node.args):
        first, second = (new for new, old in zip(arguments, node.args, strict=True) if new is not old)
        says = f"that passes {code(first)} before {code(second)} to {called}"
        yield Change("order", says, ast.Call(func, arguments, node.keywords))
    if node.args and not isinstance(parent, ast.Expr):
        twice = ast.Call(func, [node, *node.args[1:]], node.keywords)
        yield Change("call", f"that calls {called} twice", twice)
    name = func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
    if name == "float" and ast.unparse(node) == "float('-inf')":
        for value in (0.0, 1.0, -1.0, -100.0, float("inf"), 1e-9):
            yield _instead("number", node, ast.Constant(value), parent)
    for other in OTHERS.get(name, ()):
        renamed = ast.Attribute(func.value, other, ast.Load()) if isinstance(func, ast.Attribute) else _name(other)
        says = f"with `{ast.unparse(renamed)}` instead of {called}"
        yield Change("function", says, ast.Call(renamed, node.args, node.keywords))


def _of_subscript(node: ast.Subscript, parent: ast.AST) -> Iterator[Change]:
    if not isinstance(node.ctx, ast.Load):
        return
    if isinstance(parent, ast.Call) and ast.unparse(parent.func).endswith(("masked_fill", "where")):
        yield _instead("sign", node, ast.UnaryOp(ast.Invert(), node), parent)
    yield _without("index", node, node.value, f"[{ast.unparse(node.slice)}]")
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    for index, part in enumerate(parts):
        for other in _slices(part):
            elements = [*parts[:index], other, *parts[index + 1 :]]
            new = ast.Tuple(elements, ast.Load()) if isinstance(node.slice, ast.Tuple) else other
            yield _instead("slice", node, ast.Subscript(node.value, new, ast.Load()), parent)


def _slices(part: ast.expr) -> list[ast.expr]:
    """Returns slices that lack an end, that are one off, or that take the other end."""
    if not isinstance(part, ast.Slice):
        return [] if isinstance(part, ast.Constant | ast.UnaryOp) else [_plus(part, 1), _plus(part, -1)]
    lower, upper, step = part.lower, part.upper, part.step
    others = []
    if lower is not None:
        others += [ast.Slice(None, upper, step), ast.Slice(_plus(lower, 1), upper, step),
                   ast.Slice(_plus(lower, -1), upper, step)]  # fmt: skip
        if upper is None:
            others += [ast.Slice(None, lower, step), ast.Slice(None, _negative(lower), step)]
    if upper is not None:
        others += [ast.Slice(lower, None, step), ast.Slice(lower, _plus(upper, 1), step),
                   ast.Slice(lower, _plus(upper, -1), step)]  # fmt: skip
        if lower is None:
            others += [ast.Slice(upper, None, step), ast.Slice(_negative(upper), None, step)]
    if step is not None:
        others.append(ast.Slice(lower, upper, None))
    return list(others)


def _negative(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return node.operand
    return ast.UnaryOp(ast.USub(), node)


def _of_name(node: ast.Name, parent: ast.AST, scope: Scope) -> Iterator[Change]:
    bounds = isinstance(parent, ast.Call) and ast.unparse(parent.func) in ("range", "min", "max")
    if node.id in scope.kinds and (bounds or isinstance(parent, ast.Compare | ast.Slice | ast.BinOp)):
        for number in (1, -1):
            yield _instead("offset", node, _plus(node, number), parent)
    for value in CONSTANTS.get(scope.kinds.get(node.id, ""), ()) if isinstance(parent, ast.Call | ast.keyword) else ():
        yield _instead("constant", node, ast.Constant(value), parent)
    if isinstance(parent, ast.Call) and ast.unparse(parent.func).endswith(("masked_fill", "where")):
        yield _instead("sign", node, ast.UnaryOp(ast.Invert(), node), parent)
    for name in scope.like(node.id, node.lineno):
        yield _instead("name", node, _name(name), parent)
    if node.id in _arguments(scope.function):
        is_reassigned = node.id in scope.since
        if isinstance(parent, ast.Return) or (isinstance(parent, ast.Call | ast.BinOp) and not is_reassigned):
            yield from wraps(node, scope.kinds.get(node.id, ""), node.id)


def _arguments(function: ast.FunctionDef) -> set[str]:
    return {argument.arg for argument in (*function.args.args, *function.args.kwonlyargs)}


def _is_module(node: ast.expr) -> bool:
    """Whether a method's object cannot stand in its call's place: a module, `self` or `super()`."""
    text = ast.unparse(node)
    return text in ("self", "torch", "nn", "math", "re", "F", "itertools", "random", "super()") or text.startswith(
        ("torch.", "nn.")
    )


def _plus(node: ast.expr, number: int) -> ast.expr:
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return ast.Constant(node.value + number)
    return ast.BinOp(node, ast.Add() if number > 0 else ast.Sub(), ast.Constant(abs(number)))


def _name(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _swaps(nodes: list[ast.expr]) -> Iterator[list[ast.expr]]:
    """Yields the list with two different neighbours swapped."""
    for index, (first, second) in enumerate(itertools.pairwise(nodes)):
        if ast.dump(first) != ast.dump(second):
            yield [*nodes[:index], second, first, *nodes[index + 2 :]]


def _instead(kind: str, old: ast.expr, new: ast.expr, parent: ast.AST) -> Change:
    if isinstance(parent, ast.keyword) and parent.arg:
        return Change(kind, f"with `{parent.arg}={ast.unparse(new)}` instead of `{parent.arg}={ast.unparse(old)}`", new)
    if isinstance(old, ast.Constant | ast.Name | ast.UnaryOp) and isinstance(
        parent, ast.BinOp | ast.Call | ast.Compare
    ):
        whole = ast.unparse(parent)
        if len(whole) <= 40:
            return Change(kind, f"with {code(new)} instead of {code(old)} in `{whole}`", new)
    return Change(kind, f"with {code(new)} instead of {code(old)}", new)


def _without(kind: str, old: ast.expr, new: ast.expr, left_out: ast.AST | str) -> Change:
    return Change(kind, f"without {f'`{left_out}`' if isinstance(left_out, str) else code(left_out)}", new)
