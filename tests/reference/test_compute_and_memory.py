"""Tests of the formulas for operations and memory: against what PyTorch counts in real models, and real tensors."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from reference.compute_and_memory import flops_per_token, kv_cache_bytes, training_bytes
from reference.gpt import GPTModel
from reference.grouped_query_attention import GroupedQueryAttention

CFG = {"vocab_size": 30, "context_length": 12, "emb_dim": 24, "n_heads": 6, "n_layers": 2, "drop_rate": 0.0,
       "qkv_bias": False}  # fmt: skip


def model_of(cfg: dict[str, Any]) -> GPTModel:
    """A GPT, with grouped-query attention where cfg has groups; out_proj has a bias, as in the book's GPT."""
    model = GPTModel(cfg)
    if "n_kv_groups" in cfg:
        for block in model.trf_blocks:
            d = cfg["emb_dim"]
            block.att = GroupedQueryAttention(d, d, 0.0, cfg["n_heads"], cfg["n_kv_groups"], qkv_bias=cfg["qkv_bias"])
            block.att.out_proj = nn.Linear(d, d)
    return model


@pytest.mark.parametrize("changes", [{}, {"qkv_bias": True}, {"n_kv_groups": 2}, {"n_kv_groups": 1, "qkv_bias": True}])
def test_the_formulas_agree_with_a_model(changes: dict[str, Any]) -> None:
    cfg = CFG | changes
    model = model_of(cfg)
    for context in (12, 5):
        with FlopCounterMode(display=False) as counter:
            model(torch.zeros(1, context, dtype=torch.long))
        assert flops_per_token(cfg, context) * context == counter.get_total_flops()
    keys = model.trf_blocks[0].att.W_key(torch.zeros(3, 7, cfg["emb_dim"]))  # of 3 texts with 7 tokens
    assert kv_cache_bytes(cfg, 3, 7, bytes_per_value=4) == 2 * cfg["n_layers"] * keys.nbytes


@pytest.mark.parametrize(("name", "momentum"), [("sgd", 0.0), ("momentum", 0.9), ("adamw", None)])
def test_the_memory_of_training_is_that_of_its_tensors(name: str, momentum: float | None) -> None:
    model = model_of(CFG | {"n_kv_groups": 3})
    weights = list(model.parameters())
    optimizer = torch.optim.AdamW(weights) if momentum is None else torch.optim.SGD(weights, lr=0.1, momentum=momentum)
    model(torch.zeros(1, 4, dtype=torch.long)).sum().backward()
    optimizer.step()
    states = [value for state in optimizer.state.values() for value in state.values() if value is not None]
    tensors = [*weights, *(p.grad for p in weights if p.grad is not None), *(x for x in states if x.dim())]
    assert training_bytes(CFG | {"n_kv_groups": 3}, name) == sum(x.nbytes for x in tensors)
