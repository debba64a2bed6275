"""Records the side effects of a solution: everything that a call of its symbols changes besides returning a result.

The same rules hold for all exercises: arguments, a model's mode and weights, earlier results, PyTorch's settings and
random generators stay unchanged, and an optimizer finds every weight. Each violation is recorded in the process that
makes the call, as {kind: message for the learner}; `exercises.kit.common_checks.manners` is the check that reports it.
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
from torch import get_default_dtype, initial_seed, is_grad_enabled, nn  # bound here: a solution may replace them
from torch.overrides import _len_torch_function_stack

from grader.child.fingerprints import (
    PLAIN,
    Fingerprint,
    fingerprint,
    is_table,
    may_contain_tensors,
    memory_of,
    modules_of,
    tensors_of,
    trainable_in,
    weights_of,
)

MODULE_ATTRIBUTES = frozenset(vars(nn.Module()))  # those of every module: its registries and hooks
METHODS = ("__init__", "__call__", "__getitem__", "__len__")
OPERATORS = ("__add__", "__mul__", "__pow__", "__neg__", "__sub__", "__truediv__", "__radd__", "__rmul__", "__rsub__")


class Argument(NamedTuple):
    """An argument before a call; `position` is as in "copy_weights[0]", `name` the learner's."""

    position: str
    name: str
    value: Any
    before: Fingerprint


class SideEffectRecorder:
    """Wraps one module's symbols: `impl` is the module for probes, `take` returns the recorded side effects.

    `changes` names arguments that the task says are changed, by position: "train_epoch[0]" for the weights of a model
    or the items of a list, "train_epoch[0].mode" for a model's mode; "torch.manual_seed" allows it to be called.
    """

    def __init__(self, module: types.ModuleType, symbols: Iterable[str], changes: Iterable[str] = ()) -> None:
        self.impl = types.ModuleType(module.__name__)
        vars(self.impl).update(vars(module))
        self.impl.__side_effects__ = self  # type: ignore[attr-defined]
        self.changes = frozenset(changes)
        self.recording = False
        self.side_effects: dict[str, str] = {}
        self.methods: set[str] = set()  # that were called since the last `take`
        self.init_arguments: list[Argument] = []
        self.results: list[tuple[str, Any, Fingerprint]] = []
        for name in symbols:
            symbol = vars(module).get(name)
            if isinstance(symbol, types.FunctionType):
                setattr(self.impl, name, self._wrapped(symbol, name, is_method=False))
            elif isinstance(symbol, type):
                for owner in symbol.__mro__:
                    if owner.__module__ == module.__name__:
                        self._wrap_methods(owner, name)

    def take(self) -> dict[str, str]:
        """Returns the side effects since the last call, and forgets the objects of that time."""
        side_effects, self.side_effects = self.side_effects, {}
        self.init_arguments, self.results = [], []
        self.methods = set()
        return side_effects

    def _wrap_methods(self, owner: type, name: str) -> None:
        for key, method in list(vars(owner).items()):
            is_public = not key.startswith("_") or key in METHODS
            if is_public and isinstance(method, types.FunctionType) and not hasattr(method, "__recorded__"):
                setattr(owner, key, self._wrapped(method, name if key == "__init__" else key, is_method=True))
            elif key in OPERATORS and isinstance(method, types.FunctionType) and not hasattr(method, "__recorded__"):
                setattr(owner, key, self._counted(method, key))

    def _counted(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        """Records only that an operator was called: an expression may have thousands."""

        @functools.wraps(function)
        def counted(*args: Any) -> Any:
            self.methods.add(name)
            return function(*args)

        counted.__recorded__ = True  # type: ignore[attr-defined]
        return counted

    def _wrapped(self, function: Callable[..., Any], name: str, is_method: bool) -> Callable[..., Any]:
        signature = inspect.signature(function)
        names = _positional_names(signature)

        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            self.methods.add(name)
            if self.recording:
                return function(*args, **kwargs)
            if len(args) == len(names) and not kwargs:  # binding takes longer than many a call
                arguments = dict(zip(names, args, strict=True))
            else:
                try:
                    arguments = dict(signature.bind(*args, **kwargs).arguments)
                except TypeError:
                    return function(*args, **kwargs)
            instance = arguments.pop(next(iter(arguments))) if is_method and arguments else None
            self.recording = True
            try:
                return self._call(function, functools.partial(function, *args, **kwargs), name, instance, arguments)
            finally:
                self.recording = False

        wrapped.__recorded__ = True  # type: ignore[attr-defined]
        return wrapped

    def _call(
        self,
        function: Callable[..., Any],
        call: Callable[[], Any],
        name: str,
        instance: Any,
        arguments: dict[str, Any],
    ) -> Any:
        is_init = function.__name__ == "__init__"
        before = [Argument(f"{name}[{i}]", *item, fingerprint(item[1])) for i, item in enumerate(arguments.items())]
        instance_before = () if is_init or not isinstance(instance, nn.Module) else fingerprint(instance)
        # a probe sets the weights of a model that the solution returned, or a column of its table
        self.results = [(function, value, fingerprint(value) if _is_changed_by_probes(value) else earlier)
                        for function, value, earlier in self.results]  # fmt: skip
        with self._global_state():
            result = call()
        for argument in before:
            self._compare(argument)
        if instance_before:
            self._compare_instance(name, instance, instance_before)
        self._check_requires_grad(name, result, [instance, *arguments.values()])
        if is_init:
            self._check_registration(instance)
            data = [argument for argument in before if not isinstance(argument.value, nn.Module)]
            self.init_arguments += [argument._replace(before=fingerprint(argument.value)) for argument in data]
        else:
            self._check_earlier_results(name, result, [instance, *arguments.values()])
        return result

    def _record(self, kind: str, message: str) -> None:
        self.side_effects.setdefault(kind, message)

    def _compare(self, argument: Argument, suffix: str = "") -> None:
        after, before, name = fingerprint(argument.value), argument.before, f"`{argument.name}`{suffix}"
        kind = f"inputs {argument.position}"
        if after == before or after[:1] != before[:1]:
            return
        if isinstance(argument.value, nn.Module):
            self._compare_model(argument, after, before)
        elif argument.position in self.changes:
            return
        elif not isinstance(argument.value, torch.Tensor):
            self._record(kind, f"Your code changes {name} in place; it should create a new object, as the caller still "
                         "uses this one.")  # fmt: skip
        elif after[1] != before[1] and after[3:] == before[3:]:  # a change in place can set it too
            self._record(kind, f"Your code sets requires_grad on {name}; it should leave that to the caller.")
        elif after[2] != before[2] and after[3:] == before[3:]:
            self._record(kind, f"Your code calls backward, which leaves a gradient on {name}; it should not.")
        else:
            self._record(kind, f"Your code changes {name} in place; it should create a new tensor: `x = x + …` does, "
                         "`x += …` does not.")  # fmt: skip

    def _compare_model(self, argument: Argument, after: Fingerprint, before: Fingerprint) -> None:
        (_, modes, trainable, gradients, values), name = after, argument.name
        mode_changed = any(modes.get(module, mode) != mode for module, mode in before[1].items())
        if mode_changed and f"{argument.position}.mode" not in self.changes:
            mode = "training" if next(iter(before[1].values()))[1] else "evaluation"
            self._record("mode", f"Your code changes the model's mode, which was {mode}, and does not restore it. "
                         "Store `was_training = model.training`; end with `model.train(was_training)`.")  # fmt: skip
        if argument.position in self.changes:
            return
        if trainable != before[2]:
            self._record("model", f"Your code sets requires_grad on the weights of `{name}`; it should not.")
        elif gradients != before[3]:
            verb = "leaves" if sum(gradients) > sum(before[3]) else "clears the"
            self._record("model", f"Your code {verb} gradients on the weights of `{name}`; it should not.")
        elif values != before[4]:
            self._record("model", f"Your code changes the weights of `{name}`; it should not.")

    def _compare_instance(self, name: str, module: nn.Module, before: Fingerprint) -> None:
        _, modes, trainable, gradients, values = fingerprint(module)
        if any(modes.get(part, mode) != mode for part, mode in before[1].items()):
            self._record("mode", f"Your `{name}` changes the module's mode; it should leave train() and eval() to the "
                         "caller.")  # fmt: skip
        if trainable != before[2] or gradients != before[3] or values != before[4]:
            self._record("model", f"Your `{name}` changes the module's own weights; only an optimizer should.")

    def _check_registration(self, instance: Any) -> None:
        """Records the weights that a new module contains but does not list."""
        if not isinstance(instance, nn.Module):
            return
        modules = modules_of(instance)
        registered = {id(weight) for weight in weights_of(modules)}
        names = sorted({name for module in modules for name in vars(module).keys() - MODULE_ATTRIBUTES
                        if may_contain_tensors(value := vars(module)[name])
                        and not trainable_in(value) <= registered})  # fmt: skip
        if names:
            listed, (verb, pronoun) = "`, `".join(names), ("is", "it") if len(names) == 1 else ("are", "them")
            self._record("registered", f"`{listed}` {verb} not among the module's parameters, so no optimizer finds "
                         f"{pronoun}. Keep weights as nn.Parameter, and layers in an nn.ModuleList.")  # fmt: skip

    def _check_requires_grad(self, name: str, result: Any, sources: list[Any]) -> None:
        """Records a result that requires gradients although none of its sources does."""
        if any(tensor.requires_grad and not isinstance(tensor, nn.Parameter) for tensor in tensors_of(result)):
            tensors = [tensor for value in sources for tensor in tensors_of(value)]
            if not is_grad_enabled() or not any(tensor.requires_grad for tensor in tensors):
                self._record("requires_grad", f"The result of `{name}` requires gradients, although none of its inputs "
                             "does. Do not create tensors with requires_grad=True.")  # fmt: skip

    def _check_earlier_results(self, name: str, result: Any, sources: list[Any]) -> None:
        """Records changes of earlier results and of arguments that instances were created with; keeps this result."""
        for index, (function, value, before) in enumerate(self.results):
            if (after := fingerprint(value)) != before:
                self._record("earlier_results", f"A later call changes the earlier result of {function}; each call "
                             "should return a new object.")  # fmt: skip
                self.results[index] = (function, value, after)
        for argument in self.init_arguments:
            self._compare(argument, suffix=", with which the object was created,")
        if isinstance(result, PLAIN):
            return
        memory = memory_of(result)
        if not any(memory & memory_of(value) for value in sources):
            self.results = [*self.results[-6:], (f"`{name}`", result, fingerprint(result))]

    @contextlib.contextmanager
    def _global_state(self) -> Iterator[None]:
        """Records settings and random generators that a call changes, and restores the settings."""
        before, seed = [get() for get, _, _ in SETTINGS], initial_seed()
        generators: list[Any] = [random, getattr(sys.modules.get("numpy"), "random", random)]
        seed_functions = [(module, module.seed) for module in generators]
        for module, function in seed_functions:
            module.seed = functools.partial(self._seeded, module.__name__, function)
        try:
            yield
        finally:
            for module, function in seed_functions:
                module.seed = function
            for (get, restore, message), value in zip(SETTINGS, before, strict=True):
                if get() != value:
                    restore(value)
                    self._record("global_state", message)
            if initial_seed() != seed and "torch.manual_seed" not in self.changes:
                self._record("global_state", SEEDED.format("torch.manual_seed"))

    def _seeded(self, module: str, seed: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self._record("global_state", SEEDED.format(f"{module}.seed"))
        return seed(*args, **kwargs)


def _is_changed_by_probes(value: Any) -> bool:
    """Whether a result is a module or a table, or has one, as (model, tokenizer) does."""
    parts = value if isinstance(value, tuple | list) else ()
    return isinstance(value, nn.Module) or is_table(value) or any(map(_is_changed_by_probes, parts))


def _positional_names(signature: inspect.Signature) -> list[str]:
    """Returns the names of a function's parameters if all can be passed by position, else []."""
    kinds = {parameter.kind for parameter in signature.parameters.values()}
    return list(signature.parameters) if kinds <= {inspect.Parameter.POSITIONAL_OR_KEYWORD} else []


def take_side_effects(impl: types.ModuleType) -> dict[str, str]:
    """Returns the side effects of a module since the last call; none for a module without a recorder."""
    recorder = vars(impl).get("__side_effects__")
    return recorder.take() if recorder else {}


def _default_device() -> torch.device:
    """Returns the default device. torch's own function is slow, and only a mode can change the device."""
    return torch.get_default_device() if _len_torch_function_stack() else CPU


CPU = torch.device("cpu")
PROGRAM = "Your code changes PyTorch's default {0} for the whole program; it should pass {0}=… where it is needed."
SETTINGS: tuple[tuple[Callable[[], Any], Callable[[Any], Any], str], ...] = (
    (is_grad_enabled, torch.set_grad_enabled, "Your code leaves gradients disabled; use `with torch.no_grad():`."),
    (get_default_dtype, torch.set_default_dtype, PROGRAM.format("dtype")),
    (_default_device, torch.set_default_device, PROGRAM.format("device")),
)
SEEDED = (
    "Your code calls {} while it runs; it should not, as all other random numbers of the program would then be the "
    "same in each run."
)
