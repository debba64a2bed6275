"""Counts the parameters of a real model on the meta device; returns floats for the operations."""

import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, d, k, bias):
        super().__init__()
        self.q, self.k, self.v = nn.Linear(d, d, bias), nn.Linear(d, k, bias), nn.Linear(d, k, bias)
        self.out = nn.Linear(d, d)
        self.ff = nn.Sequential(nn.Linear(d, 4 * d), nn.Linear(4 * d, d))
        self.norms = nn.ModuleList([nn.LayerNorm(d), nn.LayerNorm(d)])


def model(cfg):
    d, n = cfg["emb_dim"], cfg["n_heads"]
    k = d // n * (cfg.get("n_kv_groups") or n)
    with torch.device("meta"):
        blocks = nn.ModuleList(Block(d, k, cfg["qkv_bias"]) for _ in range(cfg["n_layers"]))
        embeddings = [nn.Embedding(cfg["vocab_size"], d), nn.Embedding(cfg["context_length"], d)]
        return nn.ModuleList([blocks, *embeddings, nn.LayerNorm(d), nn.Linear(d, cfg["vocab_size"], bias=False)])


def flops_per_token(cfg, context):
    linears = [m for m in model(cfg).modules() if isinstance(m, nn.Linear)]
    total = 2.0 * sum(m.in_features * m.out_features for m in linears)
    total += cfg["n_layers"] * 4.0 * cfg["emb_dim"] * context
    return total


def kv_cache_bytes(cfg, batch, length, bytes_per_value=2):
    per_token = sum(block.k.out_features + block.v.out_features for block in model(cfg)[0])
    return batch * length * per_token * bytes_per_value


def training_bytes(cfg, optimizer):
    size = sum(p.numel() * p.element_size() for p in model(cfg).parameters())
    if optimizer == "sgd":
        return 2 * size
    return 3 * size if optimizer == "momentum" else 4 * size
