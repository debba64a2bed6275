"""The common probes: what every exercise checks in the same way, for a few inputs that the exercise chooses.

An exercise's probes.py defines `common = CommonProbes(make, inputs, more inputs, …)`, which adds these probes to its
own. `exercises.kit.common_checks` contains the checks that use them.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import nn
from torch.utils._pytree import tree_map

from exercises.kit import compare
from exercises.kit.devices import on_meta_device
from exercises.kit.probes import summarized_by
from exercises.kit.tensors import numbers
from exercises.kit.weights import gradients, registration, registration_summary, unusual_weights


class CommonProbes:
    """The common probes of one exercise.

    make: returns a new function or module, `make(impl)`, with equal weights each time
    inputs: arguments for it, a tensor or a tuple each; best batches of several sizes, among them 1, where the first
        is not the largest
    fixed: positions of arguments that have few valid values, such as targets of 0 and 1, and need no gradients
    dtypes: the dtypes of inputs that the exercise must handle, besides float32
    """

    def __init__(
        self,
        make: Callable[[types.ModuleType], Any],
        *inputs: Any,
        fixed: tuple[int, ...] = (),
        dtypes: tuple[str, ...] = ("float64", "bfloat16"),
    ) -> None:
        self.make = make
        self._inputs = [x if isinstance(x, tuple) else (x,) for x in inputs]
        self.fixed = fixed
        self.dtypes = dtypes

    def inputs(self) -> list[tuple[Any, ...]]:
        """Returns copies of the inputs, so that in-place changes by a solution do not reach the next probe."""
        return [tuple(_copy(x) for x in arguments) for arguments in self._inputs]

    def probes(self) -> dict[str, Callable[..., Any]]:
        """Returns the probes by name."""
        return {name: getattr(self, name) for name in dir(self) if name.startswith("common_")}

    def common_state(self, impl: types.ModuleType) -> dict[str, Any]:
        """Results of new objects and of reused ones, which differ where something is kept between calls."""

        def all_inputs() -> list[tuple[Any, ...]]:
            return [*self.inputs(), self._overwrite(self.inputs()[0])]  # two of the same shape

        new = [self.make(impl) for _ in all_inputs()]
        results = {"new": [call(*x) for call, x in zip(new, all_inputs(), strict=True)]}
        reused, other = self.make(impl), self.make(impl)
        try:
            with torch.no_grad():  # here results can share memory, as autograd saves nothing
                results["reused"] = [reused(*x) for x in [*all_inputs(), self.inputs()[0]]]
        except Exception as error:  # new objects have accepted these inputs
            return results | {"raises": f"{type(error).__name__}: {error}"}
        if compare.difference(results["new"][0], results["reused"][0]) is not None:  # random, or something is kept
            results["seeded"] = [self._seeded(impl) for _ in range(2)]
        x = self.inputs()[0]
        reused(*x)
        self._overwrite(x)
        copied = tree_map(_copy, x)
        results |= {"overwritten": reused(*x), "overwritten_copy": other(*copied)}
        if isinstance(reused, nn.Module):
            results["training"] = other.train()(*self.inputs()[0])
            results["evaluation"] = other.eval()(*self.inputs()[0])
            results |= self._after_update(reused, self.make(impl))
            results["unchanged_module"] = new[0](*self.inputs()[0])
        return results

    def _seeded(self, impl: types.ModuleType) -> Any:
        """The result of a new object after a fixed seed."""
        call = self.make(impl)
        with torch.random.fork_rng(devices=()), torch.no_grad():
            torch.manual_seed(0)
            return call(*self.inputs()[0])

    def _after_update(self, used: nn.Module, unused: nn.Module) -> dict[str, Any]:
        """The results of a used and of an unused module after an equal change of their weights."""
        with torch.no_grad():
            for module in (used, unused):
                for parameter in module.parameters():
                    parameter.mul_(-0.5)
        return {"updated": used(*self.inputs()[0]), "updated_unused": unused(*self.inputs()[0])}

    def _overwrite(self, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        """Returns the same tensors with different values, except for the fixed ones."""
        for position, x in enumerate(inputs):
            if isinstance(x, torch.Tensor) and position not in self.fixed:
                x.copy_(x.flip(-1) * 0.5 if x.is_floating_point() else x.flip(-1))
        return inputs

    def common_dtypes(self, impl: types.ModuleType) -> dict[str, Any]:
        """The dtypes of the results for inputs of other dtypes."""
        return {dtype: self._result_dtypes(impl, getattr(torch, dtype)) for dtype in self.dtypes}

    def _result_dtypes(self, impl: types.ModuleType, dtype: torch.dtype) -> Any:
        call = self.make(impl)
        call = call.to(dtype) if isinstance(call, nn.Module) else call
        result = call(*tree_map(lambda x: x.to(dtype) if _is_float(x) else x, self.inputs()[0]))
        return tree_map(_dtype, result)

    def common_device(self, impl: types.ModuleType) -> Any:
        """The devices of the results for inputs on a second device."""
        return tree_map(_device, on_meta_device(self.make(impl), *self.inputs()[0]))

    def common_learning(self, impl: types.ModuleType) -> dict[str, Any]:
        """The gradients of the weights, by path, and of the inputs for a weighted sum of the result, and which of its
        tensors require gradients."""
        call = self.make(impl)
        inputs = [x.requires_grad_() if _is_float(x) and position not in self.fixed else x
                  for position, x in enumerate(self.inputs()[0])]  # fmt: skip
        outputs = [x for x in _tensors(call(*inputs)) if x.is_floating_point()]
        loss = sum(((x * numbers(*x.shape, seed="of the loss")).sum() for x in outputs), start=torch.zeros(()))
        by_path = gradients(call if isinstance(call, nn.Module) else nn.Module(), loss)
        return {
            "outputs": [x.detach() for x in outputs],
            "requires_grad": [x.requires_grad for x in outputs],
            "gradients": {path.removesuffix(".weight"): gradient for path, gradient in by_path.items()}
            | {f"input {i}": x.grad for i, x in enumerate(_tensors(inputs), 1) if x.requires_grad},
        }

    @summarized_by(registration_summary)
    def common_weights(self, impl: types.ModuleType) -> dict[str, Any]:
        """The parameters that the module lists, and those under the book's names."""
        return registration(self.make(impl))

    def common_unusual_weights(self, impl: types.ModuleType) -> dict[str, list[str]]:
        """The paths of the weights that have no name of the book, and of those that are frozen."""
        return unusual_weights(self.make(impl))


def add_common_probes(probes: dict[str, Any]) -> None:
    """Adds the common probes that a probes.py defines to the names of its module."""
    for value in list(probes.values()):
        if isinstance(value, CommonProbes):
            probes.update(value.probes())


def _is_float(x: Any) -> bool:
    return isinstance(x, torch.Tensor) and x.is_floating_point()


def _copy(x: Any) -> Any:
    return x.clone() if isinstance(x, torch.Tensor) else x


def _dtype(x: Any) -> Any:
    return str(x.dtype).removeprefix("torch.") if isinstance(x, torch.Tensor) else x


def _device(x: Any) -> Any:
    return x.device.type if isinstance(x, torch.Tensor) else x


def _tensors(value: Any) -> Iterator[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, list | tuple | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _tensors(item)
