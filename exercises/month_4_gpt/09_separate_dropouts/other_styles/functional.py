"""Applies dropout with functions and reads the rates in forward."""

import torch.nn.functional as F
from parts import FeedForward, LayerNorm, MultiHeadAttention
from torch import nn


class TransformerBlock(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        d = cfg["emb_dim"]
        self.norm1, self.norm2 = LayerNorm(d), LayerNorm(d)
        self.att = MultiHeadAttention(
            d, d, cfg["context_length"], cfg["drop_rate_attn"], cfg["n_heads"], cfg["qkv_bias"]
        )
        self.ff = FeedForward(cfg)
        self.rate = cfg["drop_rate_shortcut"]

    def forward(self, x):
        for norm, layer in ((self.norm1, self.att), (self.norm2, self.ff)):
            x = x + F.dropout(layer(norm(x)), self.rate, self.training)
        return x


class GPTModel(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.cfg = dict(cfg)
        self.tok_emb = nn.Embedding(cfg["vocab_size"], cfg["emb_dim"])
        self.pos_emb = nn.Embedding(cfg["context_length"], cfg["emb_dim"])
        self.trf_blocks = nn.ModuleList(TransformerBlock(cfg) for _ in range(cfg["n_layers"]))
        self.final_norm = LayerNorm(cfg["emb_dim"])
        self.out_head = nn.Linear(cfg["emb_dim"], cfg["vocab_size"], bias=False)

    def forward(self, in_idx):
        x = self.tok_emb(in_idx) + self.pos_emb.weight[: in_idx.shape[-1]]
        x = F.dropout(x, p=self.cfg["drop_rate_emb"], training=self.training)
        for block in self.trf_blocks:
            x = block(x)
        return self.out_head(self.final_norm(x))
