"""Records the outputs of a model's layers, and finds where two models part."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from playground.assembly_messages import LayerDifference
from playground.host.layer_names import layer_name, watched_paths

EMBEDDINGS = "embeddings"  # the input of the first block


@contextlib.contextmanager
def recorded(model: nn.Module, n_layers: int, blocks: str) -> Iterator[dict[str, Tensor]]:
    """Yields a dict that fills with each named layer's first output, by its name, while the model runs."""
    outputs: dict[str, Tensor] = {}
    modules = dict(model.named_modules())
    handles = []

    def keep(name: str, value: object) -> None:
        value = value[0] if isinstance(value, tuple) and value else value
        if isinstance(value, Tensor):
            outputs.setdefault(name, value.detach().clone())

    for path in watched_paths(n_layers, blocks):
        if path in modules:
            name = layer_name(path, blocks)
            handles.append(modules[path].register_forward_hook(lambda _m, _i, out, name=name: keep(name, out)))
    if f"{blocks}.0" in modules:
        first = modules[f"{blocks}.0"]
        handles.append(first.register_forward_pre_hook(lambda _m, args: keep(EMBEDDINGS, args[0] if args else None)))
    try:
        yield outputs
    finally:
        for handle in handles:
            handle.remove()


def differences(reference: dict[str, Tensor], yours: dict[str, Tensor], order: list[str]) -> list[LayerDifference]:
    """Returns the relative difference of each layer that both models have, in the order of `order`."""
    result = []
    for name in order:
        if name in reference and name in yours:
            a, b = reference[name], yours[name]
            if a.shape != b.shape:
                result.append(LayerDifference(name, float("inf")))
                continue
            difference = float((b - a).norm() / a.norm().clamp_min(1e-12))
            result.append(LayerDifference(name, difference if difference == difference else float("inf")))
    return result


def layer_order(n_layers: int, blocks: str) -> list[str]:
    """Returns the layers' names in the order in which the data pass them."""
    return [EMBEDDINGS, *(layer_name(path, blocks) for path in watched_paths(n_layers, blocks))]


def kl_divergence(reference: Tensor, yours: Tensor, probabilities: Tensor | None = None) -> Tensor:
    """KL(reference ‖ yours) at each position, in nats, from logits (T, V), (T, V) -> (T,).

    `probabilities` (T, V) replace the softmax of the logits `yours`.
    """
    log_p = torch.log_softmax(reference.double(), dim=-1)
    if probabilities is None:
        log_q = torch.log_softmax(yours.double(), dim=-1)
    else:
        log_q = probabilities.double().clamp_min(1e-300).log()
    return (log_p.exp() * (log_p - log_q)).sum(-1).clamp_min(0.0)
