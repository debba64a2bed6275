"""Looks in the learner's process whether the solution has replaced something that probes and replies are made with.

It keeps no secret and cannot be the last word, since it runs where the learner's code does: what must not be known
there is not there, and what is compared with the reference is compared elsewhere. But a probe's own counting (was
the input left alone? how often was something dropped?) happens here, so a change of its tools is told.
"""

from __future__ import annotations

import builtins
import json
import math
import random
import sys
import types
from collections.abc import Callable
from functools import cache
from typing import Any

import torch

import engine.frames
from exercises.kit import common_probes, devices, tensors, training_watch, weights
from grader.child import fingerprints, namespace_snapshot, side_effects, solution, tensor_recorder, value_recorder
from grader.child.namespace_snapshot import Codes, Table

HIDDEN = ("grader", "engine", "reference", "exercises", "learner", "playground", "tui", "cowork")
TORCH: tuple[Any, ...] = (
    torch, torch.nn, torch.nn.functional, torch.nn.init, torch.nn.Module, torch.nn.Parameter, torch.testing,
    torch.Tensor, torch.autograd, torch.Generator, torch.linalg, torch.special, torch.random,
)  # fmt: skip
PYTHON: tuple[Any, ...] = (builtins, json, json.encoder, math, random, sys, types)
OURS: tuple[Any, ...] = (
    engine.frames, engine.frames.Channel, fingerprints, side_effects, side_effects.Watch, devices, tensors, weights,
    solution, tensor_recorder, tensor_recorder.Recorder, common_probes, common_probes.CommonProbes, namespace_snapshot,
    namespace_snapshot.Codes, namespace_snapshot.Table, value_recorder, training_watch, training_watch.TrainingWatch,
)  # fmt: skip

CONCLUDING = {"dropping", "untouched", "strays", "gradients"}


@cache
def private_torch() -> types.ModuleType:
    """torch under whose names nobody else can put something: for probes and what they are made with."""
    copy = types.ModuleType("torch", torch.__doc__)
    vars(copy).update(vars(torch))
    for module in (devices, tensors, weights, common_probes, side_effects, fingerprints):
        vars(module)["torch"] = copy
    return copy


@cache
def tables_of_all() -> list[Table]:
    """What stands under the names of torch, Python and this project."""
    return [Table(place, _counts) for place in (*TORCH, *PYTHON, *OURS)]


@cache
def modules_of_ours() -> tuple[list[str], str]:
    """This project's modules, and the last module that there was when they were looked for."""
    names = list(sys.modules)
    return [name for name in names if _is_ours(name)], names[-1]


def look_ahead() -> None:
    """Does in the warm parent what is the same for every solution: there it is done once, and nothing is copied."""
    private_torch()
    modules_of_ours.cache_clear()
    modules_of_ours()
    for table in tables_of_all():
        table.take()


def probes_of(source: str) -> types.ModuleType:
    """The module of an exercise's probes, with functions of torch and Python of its own."""
    own = private_torch()
    probes = types.ModuleType("probes")
    vars(probes)["__builtins__"] = dict(vars(builtins))
    exec(compile(source, "<probes>", "exec", dont_inherit=True), probes.__dict__)
    if "torch" in vars(probes):
        vars(probes)["torch"] = own
    return probes


class Guard:
    """Remembers what is there before the solution is loaded."""

    def __init__(self, probes: types.ModuleType) -> None:
        self.found: str | None = None
        self._stand_by(probes)
        for table in tables_of_all():
            if not table.untouched():
                table.take()
        self._tables = [*tables_of_all(), Table(probes, _counts)]
        spaces = [vars(place) for place in (*OURS, probes)]
        functions = {value for space in spaces for value in space.values() if isinstance(value, types.FunctionType)}
        self._codes = Codes(functions)

    def _stand_by(self, probes: types.ModuleType) -> None:
        """Looks whenever a helper that draws conclusions begins, and whenever code that was given to it has run:
        what is replaced for a moment only is seen too."""
        for name in CONCLUDING & set(vars(probes)):
            setattr(probes, name, self._attended(getattr(probes, name)))

    def _attended(self, helper: Callable[..., Any]) -> Callable[..., Any]:
        def attended(*arguments: Any, **named: Any) -> Any:
            self.replaced()
            return helper(*map(self._plain, arguments), **{name: self._plain(one) for name, one in named.items()})

        return attended

    def _plain(self, value: Any) -> Any:
        """A helper's argument: functions are followed by a look, tensors have no methods of a learner's."""
        if isinstance(value, types.FunctionType):

            def followed(*arguments: Any, **named: Any) -> Any:
                try:
                    return value(*arguments, **named)
                finally:
                    self.replaced()

            return followed
        if isinstance(value, torch.Tensor) and type(value) not in (torch.Tensor, torch.nn.Parameter):
            return value.as_subclass(torch.Tensor)
        if type(value) in (list, tuple):
            return type(value)(map(self._plain, value))
        return value

    def replaced(self) -> str | None:
        """The name of the first thing that is not what it was, or was not at an earlier look."""
        self.found = self.found or self._look()
        return self.found

    def _look(self) -> str | None:
        for table in self._tables:
            for name, found, value in table.replaced():
                if not _torch_itself(found, value):
                    return f"{table.name}.{name}"
        return self._codes.replaced()  # defaults cannot be set without being seen (`lookout.py`)


def hide_ours() -> None:
    """Takes this project's modules out of Python's table: what is loaded goes on working, and cannot be imported."""
    names, last = modules_of_ours()
    hidden = list(names)
    for name in reversed(sys.modules):  # those that came since; a look at each of all would touch its name
        if name == last:
            break
        if _is_ours(name):
            hidden.append(name)
    for name in hidden:
        sys.modules.pop(name, None)
    for name in HIDDEN:
        sys.modules[name] = None  # type: ignore[assignment]


def _is_ours(name: str) -> bool:
    return name.partition(".")[0] in HIDDEN


def _counts(name: str, value: Any) -> bool:
    # "_" is the interpreter's, and the streams and hooks of sys are a program's own business
    return callable(value) and name not in ("_", "stdout", "stderr", "stdin", "displayhook", "excepthook")


def _torch_itself(found: Any, value: Any) -> bool:
    """torch wraps some of its own functions when parts of it load late."""
    return str(getattr(value, "__module__", "")).startswith("torch") and str(
        getattr(found, "__module__", "")
    ).startswith("torch")
