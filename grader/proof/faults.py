"""General wrong solutions, made of any exercise's reference: each wraps what the reference defines and spoils it.

A fault breaks one of the rules that hold for every exercise (dtype, batches, gradients, inputs left alone, nothing
kept, …). `verify` proves an exercise's own mistakes; these prove that no exercise forgets the general ones.

They stand in faults.toml. Keys: `id`, `says`, `on` (the kinds of symbols it fits, else all), and one of
  result   an expression that every number or tensor x of a result is replaced by
  before   statements before the right thing is done, where the expression `where` holds
  after    statements after it, which may change `result`
  made     statements after __init__, in which `me` is the new instance
  code     a whole `_call(call, me, args, kwargs)`, or `_made(me, args, kwargs)`
"""

from __future__ import annotations

import ast
import textwrap
from functools import cache
from pathlib import Path

import msgspec

from exercises.course import Exercise
from grader.source import reference_source

BIT = "the fault has shown itself"  # printed by a spoilt solution when the fault changes something
KINDS = ("tensors", "module", "model", "class", "plain")  # functions of tensors, of a model, of plain data; classes

PRELUDE = """

# from here on the solution is spoilt
import functools as _functools, itertools as _itertools, torch as _torch
from torch import nn as _nn

def _bite():
    print("BIT")

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
    return [one for item in items for one in _inside(item, kind)]

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

def _spoilt(function, method):
    @_functools.wraps(function)
    def spoilt(*args, **kwargs):
        if _depth[0]:
            return function(*args, **kwargs)
        _depth[0] += 1
        try:
            me = args[0] if method else None
            call = _functools.partial(function, me) if method else function
            return _call(call, me, args[1:] if method else args, kwargs)
        finally:
            _depth[0] -= 1
    return spoilt

def _making(function):
    @_functools.wraps(function)
    def making(self, *args, **kwargs):
        function(self, *args, **kwargs)
        _made(self, args, kwargs)
    return making

for _name in SYMBOLS:
    _symbol = globals()[_name]
    if not isinstance(_symbol, type):
        globals()[_name] = _spoilt(_symbol, False)
        continue
    for _key, _value in list(vars(_symbol).items()):
        if callable(_value) and (not _key.startswith("_") or _key == "__getitem__"):
            setattr(_symbol, _key, _spoilt(_value, True))
    _symbol.__init__ = _making(_symbol.__init__)
"""


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A way to spoil a solution, as faults.toml has it."""

    id: str
    says: str
    on: tuple[str, ...] = KINDS
    where: str = "True"
    result: str = ""
    before: str = ""
    after: str = ""
    made: str = ""
    code: str = ""

    def text(self) -> str:
        """The code that redefines `_call` or `_made`."""
        if self.code:
            return self.code
        if self.made:
            return f"def _made(me, args, kwargs):\n{_indented(self.made, 4)}"
        if self.result:
            change = f"_each(call(*args, **kwargs), lambda x: {self.result})"
            return f"def _call(call, me, args, kwargs):\n    return {change}"
        body = f"    if {self.where}:\n        _bite()\n{_indented(self.before or self.after, 8)}\n"
        right = "    result = call(*args, **kwargs)\n"
        order = body + right if self.before else right + body
        return f"def _call(call, me, args, kwargs):\n{order}    return result"


def _indented(code: str, by: int) -> str:
    return textwrap.indent(code.strip("\n"), " " * by)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    fault: tuple[Fault, ...]


@cache
def all_faults() -> tuple[Fault, ...]:
    """Every fault of faults.toml."""
    return msgspec.toml.decode(Path(__file__).with_name("faults.toml").read_bytes(), type=_File).fault


def of(exercise: Exercise) -> list[Fault]:
    """The faults that an exercise must catch: those that fit its symbols, but for those that it allows."""
    kinds = kinds_of(exercise)
    return [fault for fault in all_faults() if kinds & set(fault.on) and fault.id not in exercise.allows]


def kinds_of(exercise: Exercise) -> set[str]:
    """What an exercise's symbols are, by their annotations in the reference."""
    found = set()
    for node in ast.parse(reference_source.text(exercise)).body:
        if isinstance(node, ast.ClassDef) and node.name in exercise.symbols:
            found.add("module" if any("nn.Module" in ast.unparse(base) for base in node.bases) else "class")
        elif isinstance(node, ast.FunctionDef) and node.name in exercise.symbols:
            takes = ast.unparse(node.args)
            found.add("model" if "nn.Module" in takes else "tensors" if "Tensor" in takes else "plain")
    return found


def spoilt(exercise: Exercise, fault: Fault) -> str:
    """A solution of the exercise that is right but for the fault."""
    right = reference_source.as_solution(exercise)
    names = f"SYMBOLS = {list(exercise.symbols)!r}\n"
    return right + PRELUDE.replace('"BIT"', repr(BIT)) + "\n" + names + fault.text() + POSTLUDE
