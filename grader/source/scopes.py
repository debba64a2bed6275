"""Resolves the names of a source: imports and plain assignments, followed through Python's scopes.

A name that a function, a class, a parameter or a loop binds stands for nothing of a library, even if the file imports
the same name elsewhere. Of several bindings in sequence the last counts; those within branches count as well.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass, field

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
BRANCHES = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.ExceptHandler, ast.match_case)
MAX_STEPS = 500  # from name to name; ends a = b; b = a


@dataclass
class Scope:
    """The bindings of one function, class, comprehension or module: {name: possible values}. A text is a dotted name,
    an expression is resolved in turn, and None is an object of the file itself."""

    outer: Scope | None
    is_class: bool = False
    bindings: dict[str, list[str | ast.expr | None]] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)

    def bind(self, name: str, value: str | ast.expr | None, certain: bool) -> None:
        if certain:
            self.bindings[name] = [value]
        else:
            self.bindings.setdefault(name, []).append(value)


class Scopes:
    """The scopes of all nodes of a syntax tree, and the dotted names of expressions in them."""

    def __init__(self, tree: ast.Module) -> None:
        self.module = Scope(None)
        self.of: dict[ast.AST, Scope] = {}
        self._cache: dict[ast.AST, set[str]] = {}
        self._block(tree.body, self.module, True)

    def dotted(self, node: ast.expr, steps: int = 0) -> set[str]:
        """Returns the dotted names that an expression can stand for, such as {"torch.nn.functional.softmax"}."""
        if steps > MAX_STEPS:
            return set()
        if node not in self._cache:
            self._cache[node] = set()  # for expressions that depend on themselves
            self._cache[node] = self._dotted(node, steps)
        return self._cache[node]

    def _dotted(self, node: ast.expr, steps: int) -> set[str]:
        if isinstance(node, ast.Name):
            return self._name(node, steps + 1)
        if isinstance(node, ast.Attribute):
            return {f"{base}.{node.attr}" for base in self.dotted(node.value, steps + 1)}
        if isinstance(node, ast.NamedExpr):
            return self.dotted(node.value, steps + 1)
        if isinstance(node, ast.Call):
            called, texts = self.dotted(node.func, steps + 1), [_text(argument) for argument in node.args]
            if "getattr" in called and len(texts) > 1 and texts[1]:
                return {f"{base}.{texts[1]}" for base in self.dotted(node.args[0], steps + 1)}
            if called & {"importlib.import_module", "__import__"} and texts and texts[0]:
                return {texts[0] if "importlib.import_module" in called else texts[0].split(".")[0]}
            return set()
        if isinstance(node, ast.Subscript):  # vars(torch)["softmax"] and torch.__dict__["softmax"]
            name, table = _text(node.slice), node.value
            if name and isinstance(table, ast.Call) and "vars" in self.dotted(table.func, steps + 1) and table.args:
                return {f"{base}.{name}" for base in self.dotted(table.args[0], steps + 1)}
            if name and isinstance(table, ast.Attribute) and table.attr == "__dict__":
                return {f"{base}.{name}" for base in self.dotted(table.value, steps + 1)}
        return set()

    def _lookup(self, node: ast.Name) -> list[str | ast.expr | None] | None:
        scope: Scope | None = self.of.get(node, self.module)
        first = scope
        while scope is not None:
            if node.id in scope.bindings and (scope is first or not scope.is_class):
                return scope.bindings[node.id]
            scope = scope.outer
        return None

    def _name(self, node: ast.Name, steps: int) -> set[str]:
        bindings = self._lookup(node)
        if bindings is None:
            stars = {f"{module}.{node.id}" for module in self.module.stars}
            return stars | ({node.id} if hasattr(builtins, node.id) else set())
        names: set[str] = set()
        for value in bindings:
            if isinstance(value, str):
                names.add(value)
            elif value is not None:
                names |= self.dotted(value, steps)
        return names

    def _block(self, body: list[ast.stmt], scope: Scope, certain: bool) -> None:
        for statement in body:
            self._visit(statement, scope, certain)

    def _visit(self, node: ast.AST, scope: Scope, certain: bool) -> None:
        self.of[node] = scope
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.split(".")[0]
                scope.bind(alias.asname or top, alias.name if alias.asname else top, certain)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if alias.name == "*":
                    scope.stars.append(node.module or "")
                else:
                    scope.bind(
                        alias.asname or alias.name, f"{'.' * node.level}{node.module or ''}.{alias.name}", certain
                    )
        elif isinstance(node, FUNCTIONS):
            self._function(node, scope, certain)
        elif isinstance(node, ast.ClassDef):
            scope.bind(node.name, None, certain)
            for part in [*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords)]:
                self._visit(part, scope, certain)
            self._block(node.body, Scope(scope, is_class=True), True)
        elif isinstance(node, COMPREHENSIONS):
            inner = Scope(scope)
            for child in ast.iter_child_nodes(node):
                self._visit(child, inner, True)
        else:
            self._plain(node, scope, certain)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, scope: Scope, certain: bool) -> None:
        inner = Scope(scope)
        arguments = node.args
        for default in [*arguments.defaults, *arguments.kw_defaults]:
            if default is not None:
                self._visit(default, scope, certain)
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        for argument in [*every, arguments.vararg, arguments.kwarg]:
            if argument is not None:
                inner.bind(argument.arg, None, True)
        # a parameter can have its default as value: def answer(x, f=torch.softmax)
        ordered = [*arguments.posonlyargs, *arguments.args]
        pairs = [*zip(reversed(ordered), reversed(arguments.defaults), strict=False),
                 *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]  # fmt: skip
        for argument, default in pairs:
            if default is not None:
                inner.bind(argument.arg, default, False)
        if isinstance(node, ast.Lambda):
            self._visit(node.body, inner, True)
            return
        scope.bind(node.name, None, certain)
        for decorator in node.decorator_list:
            self._visit(decorator, scope, certain)
        self._block(node.body, inner, True)

    def _plain(self, node: ast.AST, scope: Scope, certain: bool) -> None:
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name) and node.value is not None:
                    scope.bind(target.id, node.value, certain)
                else:
                    for name in _stored(target):
                        scope.bind(name, None, certain)
        elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension | ast.AugAssign):
            for name in _stored(node.target):
                scope.bind(name, None, certain)
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            for name in _stored(node.optional_vars):
                scope.bind(name, None, certain)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            scope.bind(node.name, None, certain)
        branches = isinstance(
            node, ast.If | ast.For | ast.AsyncFor | ast.While | ast.Try | ast.ExceptHandler | ast.Match
        )
        for child in ast.iter_child_nodes(node):
            self._visit(child, scope, certain and not (branches and isinstance(child, ast.stmt)))


def _stored(target: ast.AST) -> Iterator[str]:
    return (node.id for node in ast.walk(target) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))


def _text(node: ast.expr) -> str | None:
    """Returns the text of a constant expression, such as "soft" + "max", or None."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _text(node.left), _text(node.right)
        return left + right if left is not None and right is not None else None
    if isinstance(node, ast.JoinedStr):
        parts = [_text(part.value) if isinstance(part, ast.FormattedValue) else _text(part) for part in node.values]
        return "".join(part for part in parts if part) if None not in parts else None
    return None
