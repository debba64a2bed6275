"""The general probes: what every exercise asks in the same way of what is built, from a few inputs that it names.

An exercise's probes.py says `general = Subject(make, inputs, more inputs, …)`; the probes of `Subject` are then
there beside its own. `exercises.kit.common_checks` has the checks that use them.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import nn
from torch.utils._pytree import tree_map

from exercises.kit.probing import ProbeProblem, elsewhere, gradients, numbers, strays

MODES = ("training", "evaluation")
CUT = "No gradient can flow back through your result: a step is cut off (detach, item, no_grad, a new tensor)."


class Subject:
    """What is asked: `make(impl)` gives a function or a module, new and alike each time; `inputs` are what to call it
    with, a tensor or a tuple, best of batches of several sizes, one of them 1, the first not the largest; those at
    the places `fixed` are of few values, such as answers of 0 and 1, and need no gradients."""

    def __init__(self, make: Callable[[types.ModuleType], Any], *inputs: Any, fixed: tuple[int, ...] = ()) -> None:
        self.make = make
        self._inputs = [x if isinstance(x, tuple) else (x,) for x in inputs]
        self.fixed = fixed

    def inputs(self) -> list[tuple[Any, ...]]:
        """The inputs, copied: what a solution does to them must not reach the next probe."""
        return [tuple(_copy(x) for x in one) for one in self._inputs]

    def probes(self) -> dict[str, Callable[..., Any]]:
        """The probes by their names."""
        return {name: getattr(self, name) for name in dir(self) if name.startswith("general_")}

    def general_state(self, impl: types.ModuleType) -> dict[str, Any]:
        """Results of something new each time and of one thing in a row; where they differ, something was kept."""

        def order() -> list[tuple[Any, ...]]:
            return [*self.inputs(), self._written_over(self.inputs()[0])]  # with a second one of the first's shape

        made = [self.make(impl) for _ in order()]
        found = {"anew": [one(*x) for one, x in zip(made, order(), strict=True)]}
        one, again = self.make(impl), self.make(impl)
        with torch.no_grad():  # where results can share their memory unseen
            found["in a row"] = [one(*x) for x in [*order(), self.inputs()[0]]]
        over = self.inputs()[0]
        one(*over)
        self._written_over(over)  # the same tensors, which hold other numbers now
        copied = tree_map(_copy, over)
        found |= {"written over": one(*over), "written over, anew": again(*copied)}
        if isinstance(one, nn.Module):
            found |= {mode: again.train(mode == "training")(*self.inputs()[0]) for mode in MODES}
            found |= self._trained(one, self.make(impl))
            found["beside"] = made[0](*self.inputs()[0])
        return found

    def _trained(self, one: nn.Module, fresh: nn.Module) -> dict[str, Any]:
        """Results after the weights have changed, of a module that was used before and of one that was not."""
        with torch.no_grad():
            for module in (one, fresh):
                for parameter in module.parameters():
                    parameter.mul_(-0.5)
        return {"trained": one(*self.inputs()[0]), "trained, anew": fresh(*self.inputs()[0])}

    def _written_over(self, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        """The inputs themselves, with other numbers; those that are fixed may not hold any."""
        for place, x in enumerate(inputs):
            if isinstance(x, torch.Tensor) and place not in self.fixed:
                x.copy_(x.flip(-1) * 0.5 if x.is_floating_point() else x.flip(-1))
        return inputs

    def general_dtypes(self, impl: types.ModuleType) -> dict[str, Any]:
        """The result in double precision; the dtypes of the result in half precision."""
        half = self._in(impl, torch.bfloat16)
        return {"double": self._in(impl, torch.float64), "half": tree_map(_dtype, half)}

    def _in(self, impl: types.ModuleType, dtype: torch.dtype) -> Any:
        made = self.make(impl)
        made = made.to(dtype) if isinstance(made, nn.Module) else made
        return made(*tree_map(lambda x: x.to(dtype) if _is_float(x) else x, self.inputs()[0]))

    def general_device(self, impl: types.ModuleType) -> Any:
        """The result on another device, to which all has been moved."""
        return elsewhere(self.make(impl), *self.inputs()[0])

    def general_learning(self, impl: types.ModuleType) -> dict[str, Any]:
        """The gradients at the weights, by their agreed places, and at the inputs, of a weighted sum of the result."""
        made = self.make(impl)
        x = [one.requires_grad_() if _is_float(one) and place not in self.fixed else one
             for place, one in enumerate(self.inputs()[0])]  # fmt: skip
        parts = [part for part in _tensors(made(*x)) if part.is_floating_point()]
        if not parts or not all(part.requires_grad for part in parts):
            raise ProbeProblem(CUT)
        loss = torch.stack([(part * numbers(*part.shape, seed="of the loss")).sum() for part in parts]).sum()
        found = gradients(made, loss) if isinstance(made, nn.Module) else loss.backward() or {}
        found = {path.removesuffix(".weight"): gradient for path, gradient in found.items()}
        return {**found, **{f"input {i}": one.grad for i, one in enumerate(_tensors(x), 1) if one.requires_grad}}

    def general_weights(self, impl: types.ModuleType) -> dict[str, Any]:
        """Weights that the module does not list, and how many numbers there are to train."""
        made = self.make(impl)
        return {"lost": strays(made), "count": sum(p.numel() for p in made.parameters() if p.requires_grad)}


def add_general(probes: dict[str, Any]) -> None:
    """Adds the general probes of its `general`, if it has one, to the names of a probes.py."""
    subject = probes.get("general")
    if isinstance(subject, Subject):
        probes.update(subject.probes())


def _is_float(x: Any) -> bool:
    return isinstance(x, torch.Tensor) and x.is_floating_point()


def _copy(x: Any) -> Any:
    return x.clone() if isinstance(x, torch.Tensor) else x


def _dtype(x: Any) -> Any:
    return str(x.dtype).removeprefix("torch.") if isinstance(x, torch.Tensor) else x


def _tensors(value: Any) -> Iterator[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, list | tuple | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _tensors(item)
