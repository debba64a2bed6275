"""Checks what the learner's modules return while the model runs, so that an error names the part and not its caller."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from playground.host.layer_names import layer_name
from playground.host.own_code import OwnCode, PartError


def watch(modules: Iterable[tuple[str, nn.Module, str]], code: OwnCode, blocks: str) -> None:
    """Makes the learner's modules raise PartError where their output has a wrong type or shape, or is not finite.

    `modules` are (path, module, part). The output of every part has the shape of its input, except those of the whole
    model and of the embeddings, which are not checked here.
    """
    for path, module, part in modules:
        if part not in ("model", "cache", "llama-model", "embeddings"):
            module.register_forward_hook(_check(code, part, layer_name(path, blocks)))


def part_of(module: nn.Module, parts: Mapping[type, str]) -> str | None:
    """Returns the part that a module is: an object of its class, or of a subclass."""
    return next((parts[kind] for kind in type(module).__mro__ if kind in parts), None)


def _check(code: OwnCode, part: str, place: str) -> Callable[[nn.Module, tuple[Any, ...], Any], None]:
    def check(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        x = inputs[0] if inputs else None
        if not isinstance(x, Tensor):
            return
        where = f"{definition(module, code)}, in {place}" if place else definition(module, code)
        name = code.parts[part].name
        if not isinstance(output, Tensor):
            kind = type(output).__name__
            raise PartError(part, f"Your {name} returned {kind} ({where}); it should return a tensor.")
        if output.shape != x.shape:
            message = f"Your {name} returned shape {tuple(output.shape)} ({where}); it should return {tuple(x.shape)}."
            raise PartError(part, message)
        if not torch.isfinite(output).all() and torch.isfinite(x).all():
            kind = "NaN" if output.isnan().any() else "infinite values"
            raise PartError(part, f"Your {name} returned {kind} ({where}).")

    return check


def definition(value: object, code: OwnCode) -> str:
    """Returns where the learner's file defines a function, or a module's forward: "line 12 of gelu.py"."""
    function = getattr(type(value), "forward", value) if isinstance(value, nn.Module) else value
    found = getattr(function, "__code__", None)
    if found is None:
        exercise = code.owner(value)
        return Path(code.files[exercise].path).name if exercise else "your file"
    return f"line {found.co_firstlineno} of {Path(found.co_filename).name}"


def checked_logits(logits: object, shape: tuple[int, ...], part: str, code: OwnCode) -> Tensor:
    """Returns a model's logits. Raises PartError for a wrong type or shape, or NaN."""
    name = code.parts[part].name
    who = f"Your {name}" if part in ("model", "cache", "llama-model") else f"With your {name} the model"
    if not isinstance(logits, Tensor) or tuple(logits.shape) != shape:
        returned = f"shape {tuple(logits.shape)}" if isinstance(logits, Tensor) else type(logits).__name__
        raise PartError(part, f"{who} returned {returned}; it should return logits {shape}.")
    if logits.isnan().any():
        raise PartError(part, f"With your {name} the logits are NaN.")
    return logits
