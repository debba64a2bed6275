"""Loads a model's weights into the learner's modules, by the names that the exercises fix."""

from __future__ import annotations

import re

import torch
from torch import Tensor, nn

from exercises.kit.weights import parameters_by_path
from playground.host.part_adapter import Adapter, Weights


class WeightsError(Exception):
    """The weights do not fit a module; `path` is the path of the parameter in the model."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path = path


def load_weights(model: nn.Module, weights: Weights) -> list[str]:
    """Sets the model's parameters to the weights, which it shares with `weights`; returns the keys it does not have.

    A parameter's key is its path in the book's names, "trf_blocks.0.att.W_query.weight". Raises WeightsError for a
    parameter without weights or of a different shape.
    """
    expected = dict(weights)
    for path, module in model.named_modules():
        if isinstance(module, Adapter):
            start = f"{path}." if path else ""
            own = {key.removeprefix(start): weight for key, weight in weights.items() if key.startswith(start)}
            inner = {f"{start}inner.{key}": weight for key, weight in module.inner_weights(own).items()}
            kept = {f"{start}{name}" for name, _ in module.named_parameters() if not name.startswith("inner.")}
            expected = {key: w for key, w in expected.items() if not key.startswith(start) or key in kept} | inner
    with torch.no_grad():
        for path, parameter in _paths(model):
            key = path.replace("embedding.", "").replace("inner.", "")
            weight = expected.pop(path, None)
            if weight is None:
                weight = expected.pop(f"{path}.weight", None)  # a table that is an nn.Parameter, not an nn.Embedding
            if weight is None:
                raise WeightsError(
                    path, f"it has {key} of shape {_shape(parameter)}, for which the model has no weights"
                )
            if weight.shape != parameter.shape:
                raise WeightsError(
                    path, f"{key} has the shape {_shape(parameter)}; the model's weights have {_shape(weight)}"
                )
            parameter.data = weight
    return sorted(expected)


def _paths(model: nn.Module) -> list[tuple[str, nn.Parameter]]:
    """Returns the parameters with their dotted paths in the book's names, or their own names within an adapter."""
    adapters = [path for path, module in model.named_modules() if isinstance(module, Adapter)]
    pairs: list[tuple[str, nn.Parameter]] = []
    for adapter in adapters:
        module = model.get_submodule(adapter)
        assert isinstance(module, Adapter)
        start = f"{adapter}." if adapter else ""
        pairs += [(f"{start}inner.{_dotted(path)}", p) for path, p in parameters_by_path(module.inner)]
    seen = {id(parameter) for _, parameter in pairs}
    return pairs + [(_dotted(path), p) for path, p in parameters_by_path(model) if id(p) not in seen]


def _dotted(path: str) -> str:
    return re.sub(r"\[(\d+)\]", r".\1", path)


def _shape(tensor: Tensor) -> str:
    return f"({', '.join(map(str, tensor.shape))})"
