"""The names by which a model's layers are shown: "block 1, attention"."""

from __future__ import annotations

import re

GPT_BLOCKS, LLAMA_BLOCKS = "trf_blocks", "blocks"

_WITHIN = {
    "norm1": "first norm",
    "att": "attention",
    "norm2": "second norm",
    "ff.layers.1": "activation",
    "ff": "feed-forward",
    "": "shortcuts",
}
_OUTSIDE = {"embedding": "embeddings", "final_norm": "final norm", "out_head": "output head", "": ""}


def layer_name(path: str, blocks: str) -> str:
    """Returns the name of the module at a path, "trf_blocks.0.att", or "" for one without a name."""
    match = re.fullmatch(rf"{blocks}\.(\d+)(?:\.(.+))?", path)
    if match is None:
        return _OUTSIDE.get(path.removesuffix(".inner"), "")
    part = _WITHIN.get((match[2] or "").removesuffix(".inner"), "")
    return f"block {int(match[1]) + 1}, {part}" if part else ""


def watched_paths(n_layers: int, blocks: str) -> list[str]:
    """Returns the paths of the layers that have names, in the order in which the data pass them."""
    order = ("norm1", "att", "norm2", "ff.layers.1", "ff", "")
    inside = [f"{blocks}.{i}.{part}".removesuffix(".") for i in range(n_layers) for part in order]
    return [*inside, "final_norm", "out_head"]
