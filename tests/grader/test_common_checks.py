"""The common probes and checks: correct code passes, and each fault fails its check."""

from __future__ import annotations

import types
from typing import Any

import pytest
import torch
from torch import nn

from exercises.kit import CommonProbes, common_checks
from grader.child import side_effects
from grader.judge.run import Run, roundtrip


class Layer(nn.Module):
    """A correct solution."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([1.0, 2.0, 3.0]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.weight


class LocalResponder:
    """Answers probe calls in this process, in place of a learner's process."""

    def __init__(self, probes: dict[str, Any], impl: types.ModuleType) -> None:
        self.probes, self.impl = probes, impl

    def send(self, probe: str, arguments: dict[str, Any], trace: bool = False) -> None:
        self.asked = (probe, arguments)

    def receive(self) -> dict[str, Any]:
        probe, arguments = self.asked
        result = roundtrip(self.probes[probe](self.impl, **arguments))
        return {"result": result, "side_effects": side_effects.take_side_effects(self.impl)}


def module(name: str, layer: type[nn.Module]) -> types.ModuleType:
    result = types.ModuleType(name)
    layer.__module__ = name
    result.Layer = layer  # type: ignore[attr-defined]
    return result


def failing(layer: type[nn.Module]) -> dict[str, str]:
    """Returns the messages of the common checks that a layer fails, by name."""
    inputs = [torch.arange(6.0).view(2, 3) + 1, torch.ones(4, 3), torch.zeros(1, 3)]
    probes = CommonProbes(lambda impl: impl.Layer(), *inputs).probes()
    impl = side_effects.SideEffectRecorder(module("learners", layer), ["Layer"]).impl
    run = Run(LocalResponder(probes, impl), None, probes, module("right", type("Right", (Layer,), {})), {})  # type: ignore[arg-type]
    failed = {}
    for check in ("dtypes", "device", "gradients", "weights", "state", "manners"):
        try:
            getattr(common_checks, check)()(run)
        except (AssertionError, RuntimeError) as error:
            failed[check] = str(error)
    return failed


def changed(**methods: Any) -> type[nn.Module]:
    return type("Layer", (Layer,), methods)


def test_correct_code_passes() -> None:
    assert failing(changed()) == {}
    assert failing(changed(forward=lambda self, x: torch.mul(self.weight, x.clone()))) == {}


def first_only(self: Any, x: torch.Tensor) -> torch.Tensor:
    self.__dict__.setdefault("first", self.weight.detach().clone())
    return x * (self.weight + (self.first - self.weight).detach())


def by_identity(self: Any, x: torch.Tensor) -> torch.Tensor:
    cache = self.__dict__.setdefault("cache", {})
    cache.setdefault(id(x), (x, x * self.weight))
    return cache[id(x)][1]


def by_shape() -> Any:
    cache: dict[Any, torch.Tensor] = {}  # of all modules, so new ones are wrong too
    return lambda self, x: cache.setdefault(x.shape, x * self.weight)


def first_size(self: Any, x: torch.Tensor) -> torch.Tensor:
    mask: torch.Tensor = self.__dict__.setdefault("mask", torch.ones(len(x), 1, dtype=x.dtype, device=x.device))
    return x * mask * self.weight


def in_place(self: Any, x: torch.Tensor) -> torch.Tensor:
    result = x * self.weight
    x.data.add_(1)
    return result


def random(self: Any, x: torch.Tensor) -> torch.Tensor:
    return nn.functional.dropout(x * self.weight, 0.5, self.training)


def by_value() -> Any:
    cache: dict[Any, torch.Tensor] = {}  # of all modules, whatever their weights
    return lambda self, x: cache.setdefault(str(x), x * self.weight)


class Frozen(Layer):
    def __init__(self) -> None:
        super().__init__()
        self.weight.requires_grad_(False)


class Extra(Layer):
    def __init__(self) -> None:
        super().__init__()
        self.more = nn.Parameter(torch.ones(1))


class Unregistered(Layer):
    def __init__(self) -> None:
        super().__init__()
        self.parts = [nn.Linear(2, 2)]


@pytest.mark.parametrize(
    ("layer", "check"),
    [
        (changed(forward=lambda self, x: (x * self.weight).float()), "dtypes"),
        (changed(forward=lambda self, x: x * self.weight + torch.zeros(3, dtype=x.dtype)), "device"),
        (changed(forward=lambda self, x: x * self.weight.detach()), "gradients"),
        (changed(forward=lambda self, x: x.detach() * self.weight), "gradients"),
        (Extra, "weights"),
        (Unregistered, "weights"),
        (changed(forward=first_only), "state"),
        (changed(forward=by_identity), "state"),
        (changed(forward=by_shape()), "state"),
        (changed(forward=lambda self, x: x * self.weight * (1.5 if self.training else 1)), "state"),
        (changed(forward=in_place), "manners"),
        (changed(forward=lambda self, x: self.eval() and x * self.weight), "manners"),
    ],
)
def test_each_fault_fails_its_check(layer: type[nn.Module], check: str) -> None:
    assert check in failing(layer)


@pytest.mark.parametrize(
    ("layer", "check", "says"),
    [
        (changed(forward=random), "state", "do not give the same result, since your code draws random numbers"),
        (
            changed(forward=lambda self, x: x * self.weight * (2 if self.training else 1)),
            "state",
            "Training mode changes your result",
        ),
        (changed(forward=first_size), "state", "after calls with other inputs it raises RuntimeError: The size of"),
        (changed(forward=by_value()), "state", "A change of the weights does not change your result"),
        (Extra, "weights", "it should have 3. The page does not name `more`."),
        (Frozen, "weights", "it should have 3. `weight` cannot be trained: requires_grad is False."),
    ],
)
def test_the_message_says_what_was_measured(layer: type[nn.Module], check: str, says: str) -> None:
    assert says in failing(layer)[check]


def test_inputs_are_copied_for_each_use() -> None:
    probes = CommonProbes(lambda impl: impl, torch.zeros(2))
    probes.inputs()[0][0].add_(1)
    assert torch.equal(probes.inputs()[0][0], torch.zeros(2))
