"""What a solution does beside its results: every call that a probe makes of its symbols is watched.

The rules hold for every exercise: arguments stay as they were, so do a model's mode and weights, earlier results,
PyTorch's settings and generators; an optimizer finds every weight. What breaks one is noticed here, in the process
that made the call, as {kind: a sentence for the learner}; `exercises.kit.common_checks.manners` is the check that asks.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import random
import sys
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import torch
from torch import nn

from grader.child.fingerprints import PLAIN, Look, held_by, look, may_hold, parts_of, places_of, tensors_of, weights_of

OWN = frozenset(vars(nn.Module()))  # what every module has: where it lists what it holds, and its hooks
METHODS = ("__init__", "__call__", "__getitem__", "__len__")


class Given(NamedTuple):
    """An argument as it was before a call; `place` is as in "copy_weights[0]", `name` the learner's."""

    place: str
    name: str
    value: Any
    then: Look


class Watch:
    """Watches one module's symbols. `impl` is the module as probes should get it, and `take` gives what was noticed.
    `changes` names the arguments that the task says are changed, by their places: "train_epoch[0]" stands for the
    weights of a model or for a list, "train_epoch[0].mode" for a model's mode."""

    def __init__(self, module: types.ModuleType, symbols: Iterable[str], changes: Iterable[str] = ()) -> None:
        self.impl = types.ModuleType(module.__name__)
        vars(self.impl).update(vars(module))
        self.impl.__watch__ = self  # type: ignore[attr-defined]
        self.changes = frozenset(changes)
        self.busy = False
        self.noticed: dict[str, str] = {}
        self.given: list[Given] = []  # what instances were made with
        self.results: list[tuple[str, Any, Look]] = []
        for name in symbols:
            made = vars(module).get(name)
            if isinstance(made, types.FunctionType):
                setattr(self.impl, name, self._watched(made, name, method=False))
            elif isinstance(made, type):
                for owner in made.__mro__:
                    if owner.__module__ == module.__name__:
                        self._watch_methods(owner, name)

    def take(self) -> dict[str, str]:
        """What was noticed since the last time; the objects of that time are forgotten."""
        noticed, self.noticed = self.noticed, {}
        self.given, self.results = [], []
        return noticed

    def _watch_methods(self, owner: type, name: str) -> None:
        for key, method in list(vars(owner).items()):
            wanted = not key.startswith("_") or key in METHODS
            if wanted and isinstance(method, types.FunctionType) and not hasattr(method, "__watched__"):
                setattr(owner, key, self._watched(method, name if key == "__init__" else key, method=True))

    def _watched(self, function: Callable[..., Any], name: str, method: bool) -> Callable[..., Any]:
        signature = inspect.signature(function)
        names = _plain_names(signature)

        @functools.wraps(function)
        def watched(*args: Any, **kwargs: Any) -> Any:
            if self.busy:
                return function(*args, **kwargs)
            if len(args) == len(names) and not kwargs:  # to bind takes longer than many a call
                arguments = dict(zip(names, args, strict=True))
            else:
                try:
                    arguments = dict(signature.bind(*args, **kwargs).arguments)
                except TypeError:
                    return function(*args, **kwargs)
            me = arguments.pop(next(iter(arguments))) if method and arguments else None
            self.busy = True
            try:
                return self._call(function, functools.partial(function, *args, **kwargs), name, me, arguments)
            finally:
                self.busy = False

        watched.__watched__ = True  # type: ignore[attr-defined]
        return watched

    def _call(
        self, function: Callable[..., Any], call: Callable[[], Any], name: str, me: Any, arguments: dict[str, Any]
    ) -> Any:
        making = function.__name__ == "__init__"
        before = [Given(f"{name}[{i}]", *item, look(item[1])) for i, item in enumerate(arguments.items())]
        mine = () if making or not isinstance(me, nn.Module) else look(me)
        with self._surroundings():
            result = call()
        for given in before:
            self._compare(given)
        if mine:
            self._compare_self(name, me, mine)
        self._look_for_gradients(name, result, [me, *arguments.values()])
        if making:
            self._lost(me)
            data = [given for given in before if not isinstance(given.value, nn.Module)]
            self.given += [given._replace(then=look(given.value)) for given in data]
        else:
            self._keep(name, result, [me, *arguments.values()])
        return result

    def _notice(self, kind: str, sentence: str) -> None:
        self.noticed.setdefault(kind, sentence)

    def _compare(self, given: Given, more: str = "") -> None:
        now, then, kind, what = look(given.value), given.then, f"inputs {given.place}", f"`{given.name}`{more}"
        if now == then or now[:1] != then[:1]:
            return
        if isinstance(given.value, nn.Module):
            self._compare_model(given, now, then)
        elif given.place in self.changes:
            return
        elif not isinstance(given.value, torch.Tensor):
            self._notice(kind, f"Your code changes {what} in place. Whoever calls it still needs it: make a new one.")
        elif now[1] != then[1]:
            self._notice(kind, f"Your code sets requires_grad on {what}. Whether it needs gradients is for the caller.")
        elif now[2] != then[2]:
            self._notice(kind, f"Your code calls backward: {what} has a gradient afterwards that nobody asked for.")
        else:
            self._notice(kind, f"Your code changes {what} in place: `x = x + …` makes a new tensor, `x += …` does not.")

    def _compare_model(self, given: Given, now: Look, then: Look) -> None:
        (_, modes, trainable, gradients, values), key = now, given.name
        left = any(modes.get(part, mode) != mode for part, mode in then[1].items())
        if left and f"{given.place}.mode" not in self.changes:
            was = "training" if next(iter(then[1].values())) else "evaluation"
            self._notice("mode", f"The model came in {was} mode and is left in another: keep `was_training = "
                         "model.training`, and end with `model.train(was_training)`.")  # fmt: skip
        if given.place in self.changes:
            return
        if trainable != then[2]:
            self._notice("model", f"Your code sets requires_grad on the weights of `{key}`.")
        elif gradients != then[3]:
            self._notice("model", f"Your code leaves gradients at the weights of `{key}`.")
        elif values != then[4]:
            self._notice("model", f"Your code changes the weights of `{key}`.")

    def _compare_self(self, name: str, me: nn.Module, then: Look) -> None:
        _, modes, trainable, gradients, values = look(me)
        if any(modes.get(part, mode) != mode for part, mode in then[1].items()):
            self._notice("mode", f"`{name}` changes the module's mode. Leave train() and eval() to the caller.")
        if trainable != then[2] or gradients != then[3] or values != then[4]:
            self._notice("model", f"`{name}` changes the module's own weights. Only an optimizer should.")

    def _lost(self, me: Any) -> None:
        """Notices weights that a new module holds and does not list."""
        if not isinstance(me, nn.Module):
            return
        parts = parts_of(me)
        known = {id(weight) for weight in weights_of(parts)}
        lost = sorted({name for part in parts for name in vars(part).keys() - OWN
                       if may_hold(value := vars(part)[name]) and not held_by(value) <= known})  # fmt: skip
        if lost:
            self._notice("registered", f"`{'`, `'.join(lost)}` is not among the module's parameters, so no optimizer "
                         "finds it. Keep weights as nn.Parameter, and layers in an nn.ModuleList.")  # fmt: skip

    def _look_for_gradients(self, name: str, result: Any, used: list[Any]) -> None:
        """Notices a result that wants gradients although nothing that it was made of does."""
        if any(one.requires_grad and not isinstance(one, nn.Parameter) for one in tensors_of(result)):
            made_of = [one for value in used for one in tensors_of(value)]
            if not torch.is_grad_enabled() or not any(one.requires_grad for one in made_of):
                self._notice("leftover", f"The result of `{name}` requires gradients, though nothing that it is made "
                             "of does. Is a tensor made with requires_grad=True?")  # fmt: skip

    def _keep(self, name: str, result: Any, used: list[Any]) -> None:
        """Looks whether earlier results and what instances were made with are as they were; keeps this one."""
        for index, (what, value, then) in enumerate(self.results):
            if look(value) != then:
                self._notice("kept", f"A later call changes what {what} had returned: return a new object each time.")
                self.results[index] = (what, value, look(value))
        for given in self.given:
            self._compare(given, more=", which it was made with,")
        if isinstance(result, PLAIN):
            return
        places = places_of(result)
        if not any(places & places_of(value) for value in used):
            self.results = [*self.results[-6:], (f"`{name}`", result, look(result))]

    @contextlib.contextmanager
    def _surroundings(self) -> Iterator[None]:
        """Notices settings and generators that a call leaves changed, and puts them back."""
        before, seed = [get() for get, _, _ in SETTINGS], torch.initial_seed()
        generators: list[Any] = [random, getattr(sys.modules.get("numpy"), "random", random)]
        seeders = [(module, module.seed) for module in generators]
        for module, seeds in seeders:
            module.seed = functools.partial(self._seeded, module.__name__, seeds)
        try:
            yield
        finally:
            for module, seeds in seeders:
                module.seed = seeds
            for (get, put, sentence), was in zip(SETTINGS, before, strict=True):
                if get() != was:
                    put(was)
                    self._notice("around", sentence)
            if torch.initial_seed() != seed:
                self._notice("around", SEEDED.format("torch.manual_seed"))

    def _seeded(self, module: str, seed: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self._notice("around", SEEDED.format(f"{module}.seed"))
        return seed(*args, **kwargs)


def _plain_names(signature: inspect.Signature) -> list[str]:
    """The names of what a function takes, where each can be given by its place."""
    kinds = {parameter.kind for parameter in signature.parameters.values()}
    return list(signature.parameters) if kinds <= {inspect.Parameter.POSITIONAL_OR_KEYWORD} else []


def taken(impl: types.ModuleType) -> dict[str, str]:
    """What was noticed of a module since the last time; nothing where it is not watched."""
    watch = vars(impl).get("__watch__")
    return watch.take() if watch else {}


def _default_device() -> torch.device:
    """As torch tells it, which takes long; it can only be another one while a mode for it is on."""
    return torch.get_default_device() if torch.overrides._len_torch_function_stack() else CPU


CPU = torch.device("cpu")
PROGRAM = "Your code changes PyTorch's default {0} for the whole program. Pass {0}=… to what needs it."
SETTINGS: tuple[tuple[Callable[[], Any], Callable[[Any], Any], str], ...] = (
    (torch.is_grad_enabled, torch.set_grad_enabled, "Gradients stay switched off; use `with torch.no_grad():`."),
    (torch.get_default_dtype, torch.set_default_dtype, PROGRAM.format("dtype")),
    (_default_device, torch.set_default_device, PROGRAM.format("device")),
)
SEEDED = (
    "Your code calls {} while it runs. Leave the global generator alone: every other random number of the program "
    "would repeat with it."
)
