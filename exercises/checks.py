"""The probes and common checks of an exercise: from its files, and from what its exercise.toml declares.

`probes_source` is the only source of an exercise's probes: the judge and the learner's process execute it, and
`exercises.inputs` parses it. It contains no answers.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path

from exercises.declared import COMMON_KINDS, TEST_NAMES, CommonKind
from exercises.exercise import Exercise
from exercises.location import reference_file

KIT = Path(__file__).parent / "kit" / "__init__.py"
# of the builtins that expressions may use; a different unknown name is probably misspelled
BUILTINS = frozenset(
    ("dict", "enumerate", "float", "int", "len", "list", "max", "min", "range", "reversed", "set", "sorted", "str",
     "sum", "tuple", "zip")
)  # fmt: skip


class BadExpression(ValueError):
    """An expression of [probes] or [common] is invalid. The message says what to change."""


def probes_source(exercise: Exercise) -> str:
    """Returns the source of all probes: probes.py, then a function for each expression of exercise.toml."""
    path, common = exercise.probes_path, exercise.common
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    own = names_bound(ast.parse(text)) if text else set()
    expressions = [*exercise.probes.values(), *([common.make, *common.inputs] if common.make else [])]
    if not expressions:
        return text
    trees = [parse_expression(expression, exercise.symbols, own) for expression in expressions]
    bodies = [ast.unparse(_OfModule(exercise.symbols).visit(tree)) for tree in trees]
    used = {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)} - own
    lines = [text, *(["import torch"] if "torch" in used else [])]
    needed = sorted(used & kit_names() | ({"CommonProbes"} if common.make else set()))
    lines += [f"from exercises.kit import {', '.join(needed)}"] if needed else []
    for name, body in zip(exercise.probes, bodies, strict=False):
        lines.append(f"def {name}(impl):\n    return {body}")
    if common.make:
        make, *inputs = bodies[len(exercise.probes) :]
        lines.append(f"common = CommonProbes(lambda impl: {make}, {', '.join(inputs)})")
    return "\n".join(lines) + "\n"


def parse_expression(text: str, symbols: Iterable[str], own: Iterable[str] = ()) -> ast.expr:
    """Returns the tree of an expression over the symbols, exercises.kit, torch and probes.py's own names. Raises
    BadExpression."""
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError) as error:
        raise BadExpression(f"{text!r} is not a Python expression ({error}). Correct it.") from None
    bound = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    bound |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    known = {*symbols, *own, *bound, *kit_names(), *BUILTINS, "torch"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id not in known:
            raise BadExpression(
                f"{node.id!r} is unknown. Use the exercise's symbols, names of exercises.kit, torch, or names of "
                "probes.py."
            )
    return tree


class _OfModule(ast.NodeTransformer):
    """Reads the symbols from `impl`, the solution's module."""

    def __init__(self, symbols: Iterable[str]) -> None:
        self.symbols = frozenset(symbols)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Attribute(ast.Name("impl"), node.id) if node.id in self.symbols else node


def added_checks(exercise: Exercise) -> tuple[CommonKind, ...]:
    """Returns the common checks that are added to those of the test file."""
    path = exercise.tests_path
    own = names_bound(ast.parse(path.read_text(encoding="utf-8"))) if path.is_file() else set()
    return tuple(kind for kind in applicable_checks(exercise) if TEST_NAMES[kind] not in own)


@lru_cache(maxsize=64)
def applicable_checks(exercise: Exercise) -> tuple[CommonKind, ...]:
    """Returns the common checks that apply: only `manners` without common probes, and `weights` only to modules."""
    has_common = bool(exercise.common.make) or "common" in names_bound(ast.parse(probes_source(exercise)))
    applicable = set(COMMON_KINDS) if has_common else {"manners"}
    if not _has_module(exercise.reference, exercise.symbols):
        applicable.discard("weights")
    return tuple(kind for kind in COMMON_KINDS if kind in applicable and kind not in exercise.without)


def names_bound(tree: ast.Module) -> set[str]:
    """Returns the names that a module defines or imports at its top level."""
    names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    return names


@cache
def kit_names() -> frozenset[str]:
    """Returns the names of exercises.kit, which is not imported, as that takes torch."""
    return frozenset(names_bound(ast.parse(KIT.read_text(encoding="utf-8")))) - {"annotations", "__all__"}


def _has_module(reference: str, symbols: tuple[str, ...]) -> bool:
    """Whether one of the symbols is an nn.Module in the reference."""
    tree = ast.parse(reference_file(reference).read_text(encoding="utf-8"))
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    return any(node.name in symbols and any(ast.unparse(base).endswith("Module") for base in node.bases)
               for node in classes)  # fmt: skip
