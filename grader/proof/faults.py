"""Creates general wrong solutions from any exercise's reference, by wrapping the symbols that it defines.

A fault breaks one of the rules that hold for every exercise: dtypes, batches, gradients, unchanged inputs, no state
kept between calls, … `verify` tests an exercise's own mistakes; the faults test that it checks the general rules too.

They are declared in faults.toml. Keys: `id`, `says`, `on` (the kinds of symbols it applies to, default all), and one of
  result   an expression that replaces every number or tensor x of a result
  before   statements before the correct call, where the expression `where` holds
  after    statements after it, which can change `result`
  made     statements after __init__, in which `me` is the new instance
  code     a whole `_call(call, me, args, kwargs)`, or `_made(me, args, kwargs)`
"""

from __future__ import annotations

import ast
import textwrap
from functools import cache
from pathlib import Path

import msgspec

from exercises.exercise import Exercise
from grader.source import reference_source

FAULT_SHOWN = "the fault has shown itself"  # printed by a faulty solution when the fault changes something
KINDS = ("tensors", "module", "model", "class", "plain")

PRELUDE = """

# from here on the solution is faulty
import functools as _functools, itertools as _itertools, torch as _torch
from torch import nn as _nn

def _bite():
    print("FAULT_SHOWN")

def _float(value):
    return isinstance(value, _torch.Tensor) and value.is_floating_point()

def _each(value, change):
    if isinstance(value, _torch.Tensor | float | int) and not isinstance(value, bool):
        new = change(value)
        if new is not value:
            _bite()
        return new
    if isinstance(value, list | tuple):
        return type(value)([_each(item, change) for item in value])
    if isinstance(value, dict):
        return {key: _each(item, change) for key, item in value.items()}
    return value

def _inside(value, kind):
    if isinstance(value, kind):
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return [match for item in items for match in _inside(item, kind)]

def _is_module(me):
    return isinstance(me, _nn.Module)

def _shapes(args):
    return tuple(tuple(x.shape) if isinstance(x, _torch.Tensor) else len(x) if hasattr(x, "__len__") else None
                 for x in args)

def _state(me):
    return me.__dict__.setdefault("_kept", {}) if me is not None else _nowhere

_nowhere = {}
_depth = [0]

def _made(me, args, kwargs):
    pass

def _call(call, me, args, kwargs):
    return call(*args, **kwargs)
"""

POSTLUDE = """

def _faulty(function, method):
    @_functools.wraps(function)
    def faulty(*args, **kwargs):
        if _depth[0]:
            return function(*args, **kwargs)
        _depth[0] += 1
        try:
            me = args[0] if method else None
            call = _functools.partial(function, me) if method else function
            return _call(call, me, args[1:] if method else args, kwargs)
        finally:
            _depth[0] -= 1
    return faulty

def _making(function):
    @_functools.wraps(function)
    def making(self, *args, **kwargs):
        function(self, *args, **kwargs)
        _made(self, args, kwargs)
    return making

for _name in SYMBOLS:
    _symbol = globals()[_name]
    if not isinstance(_symbol, type):
        globals()[_name] = _faulty(_symbol, False)
        continue
    for _key, _value in list(vars(_symbol).items()):
        if callable(_value) and (not _key.startswith("_") or _key == "__getitem__"):
            setattr(_symbol, _key, _faulty(_value, True))
    _symbol.__init__ = _making(_symbol.__init__)
"""


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A general fault, as declared in faults.toml."""

    id: str
    says: str
    on: tuple[str, ...] = KINDS
    where: str = "True"
    result: str = ""
    before: str = ""
    after: str = ""
    made: str = ""
    code: str = ""

    def redefinition(self) -> str:
        """Returns the code that redefines `_call` or `_made`."""
        if self.code:
            return self.code
        if self.made:
            return f"def _made(me, args, kwargs):\n{_indented(self.made, 4)}"
        if self.result:
            change = f"_each(call(*args, **kwargs), lambda x: {self.result})"
            return f"def _call(call, me, args, kwargs):\n    return {change}"
        body = f"    if {self.where}:\n        _bite()\n{_indented(self.before or self.after, 8)}\n"
        correct = "    result = call(*args, **kwargs)\n"
        statements = body + correct if self.before else correct + body
        return f"def _call(call, me, args, kwargs):\n{statements}    return result"


def _indented(code: str, by: int) -> str:
    return textwrap.indent(code.strip("\n"), " " * by)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    fault: tuple[Fault, ...]


@cache
def all_faults() -> tuple[Fault, ...]:
    """Returns every fault of faults.toml."""
    return msgspec.toml.decode(Path(__file__).with_name("faults.toml").read_bytes(), type=_File).fault


def applicable_faults(exercise: Exercise) -> list[Fault]:
    """Returns the faults that an exercise must catch: those for its kinds of symbols, except the ones it allows."""
    kinds = symbol_kinds(exercise)
    return [fault for fault in all_faults() if kinds & set(fault.on) and fault.id not in exercise.allows]


def symbol_kinds(exercise: Exercise) -> set[str]:
    """Returns the kinds of an exercise's symbols, according to their annotations in the reference."""
    kinds = set()
    for node in ast.parse(reference_source.text(exercise)).body:
        if isinstance(node, ast.ClassDef) and node.name in exercise.symbols:
            kinds.add("module" if any("nn.Module" in ast.unparse(base) for base in node.bases) else "class")
        elif isinstance(node, ast.FunctionDef) and node.name in exercise.symbols:
            parameters = ast.unparse(node.args)
            kinds.add("model" if "nn.Module" in parameters else "tensors" if "Tensor" in parameters else "plain")
    return kinds


def faulty_solution(exercise: Exercise, fault: Fault) -> str:
    """Returns a solution of the exercise that is correct except for the fault."""
    correct = reference_source.as_solution(exercise)
    names = f"SYMBOLS = {list(exercise.symbols)!r}\n"
    return (
        correct + PRELUDE.replace('"FAULT_SHOWN"', repr(FAULT_SHOWN)) + "\n" + names + fault.redefinition() + POSTLUDE
    )
