"""The four sizes of GPT-2: configurations, numbers of parameters and memory (book, section 4.6 and exercise 4.2)."""

from __future__ import annotations

from typing import Any

from torch import nn

GPT2_SIZES = {
    "gpt2-small": {"emb_dim": 768, "n_layers": 12, "n_heads": 12},
    "gpt2-medium": {"emb_dim": 1024, "n_layers": 24, "n_heads": 16},
    "gpt2-large": {"emb_dim": 1280, "n_layers": 36, "n_heads": 20},
    "gpt2-xl": {"emb_dim": 1600, "n_layers": 48, "n_heads": 25},
}
BYTES_PER_PARAMETER = 4  # of a float32


def get_config(base_config: dict[str, Any], model_name: str) -> dict[str, Any]:
    """Returns a new configuration: that of base_config with the size of a GPT-2. Book, exercise 4.2.

    model_name: "gpt2-small", "gpt2-medium", "gpt2-large" or "gpt2-xl"
    Raises KeyError for any other name.
    """
    sizes = GPT2_SIZES[model_name]
    config = {**base_config, **sizes}  # base_config stays as it is
    return config


def count_parameters(model: nn.Module) -> int:
    """Returns how many numbers a model's parameters have, frozen ones too. Shared parameters count once."""
    total = 0
    for parameter in model.parameters():  # yields a shared parameter once
        total += parameter.numel()
    return total


def size_mb(model: nn.Module) -> float:
    """Returns the size of a model's parameters in float32, in MB of 1024 · 1024 bytes."""
    size_in_bytes = count_parameters(model) * BYTES_PER_PARAMETER
    size = size_in_bytes / 1024**2
    return size
