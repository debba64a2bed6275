"""Your class in the sizes of real models: how small the cache becomes when query heads share keys and values."""

import torch

from exercises.drawings import Bars, Table
from exercises.kit import Int

# width, layers, query heads, heads of keys and values, as published with the models
MODELS = {
    "SmolLM2-135M": (576, 30, 9, 3),
    "Llama 2 7B": (4096, 32, 32, 32),
    "Mistral 7B": (4096, 32, 32, 8),
    "Llama 3 8B": (4096, 32, 32, 8),
    "Llama 3 70B": (8192, 80, 64, 8),
}


def draw(impl, tokens: Int[1, 131072] = 8192):
    rows, sizes, shared = [], [], []
    for name, (width, layers, heads, groups) in MODELS.items():
        with torch.device("meta"):
            attention = impl.GroupedQueryAttention(width, width, 0.0, heads, groups)
            full = impl.GroupedQueryAttention(width, width, 0.0, heads, heads)
        kept = [2 * module.W_key.weight.shape[0] * layers * 2 for module in (attention, full)]  # bytes in 16 bits
        weights = [sum(p.numel() for p in module.parameters()) for module in (attention, full)]
        sizes.append(kept[0] * tokens / 2**20)
        shared.append(kept[0] / kept[1])
        rows.append([name, heads, groups, f"{kept[0] / 1024:,.0f} KB", f"{sizes[-1]:,.0f} MB",
                     f"{kept[1] * tokens / 2**20:,.0f} MB", f"{weights[0] / weights[1]:.0%}"])  # fmt: skip
    return [
        Table(["model", "heads", "groups", "per token", "cache", "all heads", "weights"], rows,
              title=f"The cache of {tokens:,} tokens in 16 bits",
              caption="“All heads” is the cache without groups, and “weights” those of your layer compared with it."),
        Bars(list(MODELS), sizes, unit=" MB", title="The same as bars",
             caption=f"Groups save most in {list(MODELS)[shared.index(min(shared))]}: without them, its cache would be "
                     f"{1 / min(shared):.0f} times as large."),
    ]  # fmt: skip
