"""The floating-point operations and the memory of a GPT, from its configuration alone.

Kaplan et al., 2020, arXiv 2001.08361 (operations); Rajbhandari et al., 2020, arXiv 1910.02054 (memory in training).

The configuration has the keys of the book's GPTModel. With "n_kv_groups", G groups of query heads share a key head and
a value head each (Ainslie et al., 2023); without this key G = n_heads.
"""

from __future__ import annotations

from typing import Any

BYTES = 4  # of a float32
STATE_NUMBERS = {"sgd": 0, "momentum": 1, "adamw": 2}  # what an optimizer keeps for each parameter


def kv_dim(cfg: dict[str, Any]) -> int:
    """Returns the width of the keys, and of the values, of one token in one layer."""
    head_dim = cfg["emb_dim"] // cfg["n_heads"]
    return int(cfg.get("n_kv_groups", cfg["n_heads"]) * head_dim)


def flops_per_token(cfg: dict[str, Any], context: int) -> float:
    """Returns the operations of a forward pass over `context` tokens, divided by their number.

    Counts matrix products only, a multiplication and an addition for each pair of numbers, and all T · T scores.
    """
    d = cfg["emb_dim"]
    attention_weights = 2 * d * d + 2 * d * kv_dim(cfg)  # queries and output; keys and values
    feed_forward_weights = 2 * d * 4 * d
    weights = cfg["n_layers"] * (attention_weights + feed_forward_weights) + d * cfg["vocab_size"]
    products = cfg["n_layers"] * 2 * d * context  # queries · keys, and weights · values, of all heads
    flops = 2 * weights + 2 * products
    return flops


def kv_cache_bytes(cfg: dict[str, Any], batch: int, length: int, bytes_per_value: int = 2) -> int:
    """Returns the memory of the keys and values of `batch` texts of `length` tokens, in bytes."""
    values = 2 * cfg["n_layers"] * batch * length * kv_dim(cfg)  # 2: keys and values
    cache = values * bytes_per_value
    return cache


def training_bytes(cfg: dict[str, Any], optimizer: str) -> int:
    """Returns the memory of parameters, gradients and the optimizer's state in float32, in bytes, without activations.

    optimizer: "sgd", "momentum" (SGD with momentum) or "adamw"
    Raises KeyError for any other name.
    """
    d, kv = cfg["emb_dim"], kv_dim(cfg)
    biases = d + 2 * kv if cfg["qkv_bias"] else 0
    attention = 2 * d * d + 2 * d * kv + biases + d  # out_proj has a bias
    feed_forward = 2 * d * 4 * d + 4 * d + d
    block = attention + feed_forward + 2 * 2 * d  # two layer norms, each with scale and shift
    embeddings = (cfg["vocab_size"] + cfg["context_length"]) * d
    parameters = embeddings + cfg["n_layers"] * block + 2 * d + d * cfg["vocab_size"]
    numbers = parameters * (1 + 1 + STATE_NUMBERS[optimizer])  # the parameter, its gradient and the state
    memory = numbers * BYTES
    return int(memory)
