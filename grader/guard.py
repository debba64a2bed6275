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
from builtins import all as _all
from builtins import map as _map
from collections.abc import Callable
from operator import is_
from typing import Any

import torch

import engine.frames
from grader import manners, probing, solution, stages, subject, values, watching

HIDDEN = ("grader", "engine", "reference", "exercises", "learner", "playground", "tui", "cowork")
TORCH: tuple[Any, ...] = (
    torch, torch.nn, torch.nn.functional, torch.nn.init, torch.nn.Module, torch.nn.Parameter, torch.testing,
    torch.Tensor, torch.autograd, torch.Generator, torch.linalg, torch.special, torch.random,
)  # fmt: skip
PYTHON: tuple[Any, ...] = (builtins, json, json.encoder, math, random, sys, types)
OURS: tuple[Any, ...] = (
    engine.frames, engine.frames.Channel, manners, manners.Watch, probing, solution, stages, stages.Recorder, subject,
    subject.Subject, values, watching, watching.Watch,
)  # fmt: skip

CONCLUDING = {"dropping", "untouched", "strays", "gradients"}


def private_torch() -> types.ModuleType:
    """torch under whose names nobody else can put something: for probes and what they are made with."""
    copy = types.ModuleType("torch", torch.__doc__)
    vars(copy).update(vars(torch))
    return copy


def probes_of(source: str) -> types.ModuleType:
    """The module of an exercise's probes, with functions of torch and Python of its own."""
    probes = types.ModuleType("probes")
    vars(probes)["__builtins__"] = dict(vars(builtins))
    exec(compile(source, "<probes>", "exec", dont_inherit=True), probes.__dict__)
    own = private_torch()
    for module in (probes, probing, subject, manners):
        if "torch" in vars(module):
            vars(module)["torch"] = own
    return probes


class Guard:
    """Remembers what is there before the solution is loaded."""

    def __init__(self, probes: types.ModuleType) -> None:
        self.found: str | None = None
        self._stand_by(probes)
        ours = (*OURS, probes)
        self._watched = []
        for place in (*TORCH, *PYTHON, *ours):
            known = {name: value for name, value in vars(place).items() if _counts(name, value)}
            self._watched.append((_name(place), vars(place), list(known), list(known.values())))
        functions = {value for place in ours for value in vars(place).values() if isinstance(value, types.FunctionType)}
        self._code = [(one, one.__code__) for one in functions]

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
        for place, now, names, known in self._watched:
            if _all(_map(is_, _map(now.get, names), known)):  # thousands of names, for every reply
                continue
            for name, value in zip(names, known, strict=True):
                found = now.get(name)
                if found is not value and not _torch_itself(found, value):
                    return f"{place}.{name}"
        for function, code in self._code:  # its defaults cannot be set without being seen (`lookout.py`)
            if function.__code__ is not code:
                return f"{function.__module__}.{function.__name__}"
        return None


def hide_ours() -> None:
    """Takes this project's modules out of Python's table: what is loaded goes on working, and cannot be imported."""
    for name in list(sys.modules):
        if name.split(".")[0] in HIDDEN:
            del sys.modules[name]
    for name in HIDDEN:
        sys.modules[name] = None  # type: ignore[assignment]


def _name(place: Any) -> str:
    name = str(place.__name__)
    return name if isinstance(place, types.ModuleType) else f"{place.__module__}.{name}"


def _counts(name: str, value: Any) -> bool:
    # "_" is the interpreter's, and the streams and hooks of sys are a program's own business
    return callable(value) and name not in ("_", "stdout", "stderr", "stdin", "displayhook", "excepthook")


def _torch_itself(found: Any, value: Any) -> bool:
    """torch wraps some of its own functions when parts of it load late."""
    return str(getattr(value, "__module__", "")).startswith("torch") and str(
        getattr(found, "__module__", "")
    ).startswith("torch")
