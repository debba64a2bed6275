"""Detects solutions that replace functions of torch, Python or this project in the learner's process.

It runs in the same process as the learner's code, so no verdict depends on it alone: probes return raw data, which the
judge's process compares. It keeps the record of side effects honest, and it tells learners that replacing has no use.
"""

from __future__ import annotations

import builtins
import json
import math
import random
import sys
import types
from builtins import all as _all  # bound here, as a solution can replace them in builtins
from builtins import map as _map
from functools import cache
from operator import is_
from typing import Any

import torch

from grader.child.dict_versions import DictVersions

OURS = ("grader", "engine", "reference", "exercises", "learner", "playground", "tui", "cowork")
WATCHED_OF_OURS = ("engine.frames", "exercises.kit", "grader.child")
WATCHED: tuple[Any, ...] = (
    torch, torch.nn, torch.nn.functional, torch.nn.init, torch.nn.Module, torch.nn.Parameter, torch.testing,
    torch.Tensor, torch.autograd, torch.Generator, torch.linalg, torch.special, torch.random,
    builtins, json, json.encoder, math, random, sys, types,
)  # fmt: skip
REPLACEABLE = ("_", "stdout", "stderr", "stdin", "displayhook", "excepthook")


class Namespace:
    """A module or class, with the callables that its names stand for."""

    def __init__(self, owner: Any) -> None:
        self.name = owner.__name__ if isinstance(owner, types.ModuleType) else f"{owner.__module__}.{owner.__name__}"
        self.variables = vars(owner)
        self.remember()

    def remember(self) -> None:
        callables = {name: value for name, value in self.variables.items()
                     if callable(value) and name not in REPLACEABLE}  # fmt: skip
        self.names, self.values = list(callables), list(callables.values())

    def replaced(self) -> str | None:
        """Returns the first name that stands for a different object, but for those that torch itself replaces."""
        if _all(_map(is_, _map(self.variables.get, self.names), self.values)):
            return None
        for name, value in zip(self.names, self.values, strict=True):
            current = self.variables.get(name)
            if current is not value and not (_is_torch(current) and _is_torch(value)):
                return f"{self.name}.{name}"
        return None


@cache
def namespaces() -> list[Namespace]:
    """The namespaces that are equal for all exercises."""
    modules = [module for name, module in list(sys.modules.items()) if name.startswith(WATCHED_OF_OURS)]
    classes = {value for module in modules for value in vars(module).values()
               if isinstance(value, type) and value.__module__.startswith(WATCHED_OF_OURS)}  # fmt: skip
    return [Namespace(owner) for owner in (*WATCHED, *modules, *classes)]


@cache
def modules_of_ours() -> tuple[list[str], str]:
    """This project's modules, and the last module that was loaded when they were listed."""
    names = list(sys.modules)
    return [name for name in names if _is_ours(name)], names[-1]


def prepare() -> None:
    """Does in the fork server what is equal for all checks; called again after libraries are loaded."""
    modules_of_ours.cache_clear()
    modules_of_ours()
    for namespace in namespaces():
        namespace.remember()


def probes_of(source: str) -> types.ModuleType:
    """Returns the module of an exercise's probes, with its own copy of the builtins, which a solution cannot reach."""
    probes = types.ModuleType("probes")
    vars(probes)["__builtins__"] = dict(vars(builtins))
    exec(compile(source, "<probes>", "exec", dont_inherit=True), probes.__dict__)
    return probes


class TamperGuard:
    """Remembers what names stand for before the solution is loaded."""

    def __init__(self, probes: types.ModuleType) -> None:
        self._namespaces = [*namespaces(), Namespace(probes)]
        self._replaced: str | None = None
        for namespace in namespaces():
            if namespace.replaced():  # by a library that was loaded since
                namespace.remember()
        self._versions = DictVersions([namespace.variables for namespace in self._namespaces])
        self._compared = self._versions.read()  # when the names were last compared

    def replaced(self) -> str | None:
        """Returns the first name that the solution has replaced, now or at an earlier call."""
        current = self._versions.read()
        for namespace, version, compared in zip(self._namespaces, current, self._compared, strict=True):
            if version is None or version != compared:
                self._replaced = self._replaced or namespace.replaced()
        self._compared = current
        return self._replaced

    def replaced_by(self, reply: int) -> str | None:
        """`replaced` after a reply, counted from 1. A look reads 2,700 names, so it follows the replies 1, 2, 4, 8 and
        every sixteenth only."""
        return self.replaced() if reply % 16 == 0 or reply in (1, 2, 4, 8) else self._replaced


_hidden: dict[str, types.ModuleType] = {}


def hide_ours() -> None:
    """Removes this project's modules from sys.modules, so that a solution cannot import them."""
    if _hidden:  # before this process was forked
        return
    names, last = modules_of_ours()
    hidden = list(names)
    for name in reversed(sys.modules):  # those loaded since; reading all names would copy their memory pages
        if name == last:
            break
        if _is_ours(name):
            hidden.append(name)
    _hidden.update((name, module) for name in hidden if (module := sys.modules.pop(name, None)) is not None)
    for name in OURS:
        sys.modules[name] = None  # type: ignore[assignment]


def show_ours() -> None:
    """Undoes `hide_ours`."""
    if _hidden:
        for name in OURS:
            sys.modules.pop(name, None)
        sys.modules.update(_hidden)
        _hidden.clear()


def _is_ours(name: str) -> bool:
    return name.partition(".")[0] in OURS


def _is_torch(value: Any) -> bool:
    return str(getattr(value, "__module__", "")).startswith("torch")
