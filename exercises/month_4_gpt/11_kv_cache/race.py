"""Logits of a prompt of 64 tokens and of 96 more, one at a time, with the cache of a model of four layers."""

import torch

from exercises.kit import fill

CFG = {"vocab_size": 64, "context_length": 160, "emb_dim": 96, "n_heads": 4, "n_layers": 4, "drop_rate": 0.0}


def race(impl, seed: int):
    """The logits at all positions."""
    generator = torch.Generator().manual_seed(seed)
    model = fill(impl.GPTModel({**CFG, "qkv_bias": False})).eval()
    model.reset_kv_cache()
    ids = torch.randint(64, (1, 160), generator=generator)
    with torch.no_grad():
        chunks = [model(chunk, use_cache=True) for chunk in (ids[:, :64], *ids[:, 64:].split(1, dim=1))]
    return torch.cat(chunks, dim=1)
