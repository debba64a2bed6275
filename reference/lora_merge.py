"""Merging a trained LoRA correction into the weights (Hu et al., 2021, section 4.1)."""

from __future__ import annotations

import torch
from torch import nn

from reference.lora import LinearWithLoRA


def merge_lora(model: nn.Module) -> None:
    """Replaces every LinearWithLoRA in the model, at any depth, by an nn.Linear that computes the same."""
    for name, child in model.named_children():
        if isinstance(child, LinearWithLoRA):
            setattr(model, name, merged(child))
        else:
            merge_lora(child)


def merged(layer: LinearWithLoRA) -> nn.Linear:
    """Returns the linear layer with the weight Wᵀ + (alpha · A B)ᵀ, and its own bias."""
    linear, lora = layer.linear, layer.lora
    with torch.no_grad():
        change = lora.alpha * (lora.A @ lora.B)  # (in_features, out_features)
        linear.weight += change.T  # nn.Linear stores (out_features, in_features)
    return linear
