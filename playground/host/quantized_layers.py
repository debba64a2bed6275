"""Puts a learner's quantized linear layers in the place of a model's own, and checks what they return."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from playground.host.layer_names import layer_name
from playground.host.own_code import OwnCode, PartError
from playground.host.part_checks import definition

PART = "linear"
BITS = 8


def quantized_linear(linear: nn.Linear, code: OwnCode, path: str, blocks: str) -> nn.Module:
    """Returns the learner's layer for a linear layer, which stays as it is. Raises PartError.

    `path` is the layer's path in the model, and `blocks` the beginning of the paths of the model's blocks.
    """
    random_state = torch.get_rng_state()
    try:
        layer = code.part(PART)(linear, BITS)
    except PartError:
        raise
    except (Exception, SystemExit) as error:
        raise code.blame(error, PART) from error
    finally:
        torch.set_rng_state(random_state)
    if not isinstance(layer, nn.Module):
        raise PartError(PART, "Your QuantizedLinear is not a torch.nn.Module.")
    layer.register_forward_hook(_check(code, linear.out_features, layer_name(path.rpartition(".")[0], blocks)))
    return layer.eval()


def quantize_within(module: nn.Module, code: OwnCode, path: str, blocks: str) -> None:
    """Replaces all linear layers within a module at a path of the model, in place. Raises PartError."""
    for name, child in list(module.named_modules()):
        if type(child) is nn.Linear:
            parent, _, last = name.rpartition(".")
            setattr(module.get_submodule(parent), last, quantized_linear(child, code, f"{path}.{name}", blocks))


def _check(code: OwnCode, width: int, place: str) -> Callable[[nn.Module, tuple[Any, ...], Any], None]:
    def check(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        x = inputs[0]
        where = f"{definition(module, code)}, in {place}" if place else definition(module, code)
        shape = (*x.shape[:-1], width)
        if not isinstance(output, Tensor) or tuple(output.shape) != shape:
            returned = f"shape {tuple(output.shape)}" if isinstance(output, Tensor) else type(output).__name__
            raise PartError(PART, f"Your quantized linear returned {returned} ({where}); it should return {shape}.")
        if not torch.isfinite(output).all() and torch.isfinite(x).all():
            raise PartError(PART, f"Your quantized linear returned NaN or infinite values ({where}).")

    return check
