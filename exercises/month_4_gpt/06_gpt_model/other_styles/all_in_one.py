"""Defines all parts in one file and keeps the configuration in a dataclass."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True)
class Settings:
    vocab_size: int
    context_length: int
    emb_dim: int
    n_heads: int
    n_layers: int
    drop_rate: float
    qkv_bias: bool


class Attention(nn.Module):
    def __init__(self, s: Settings) -> None:
        super().__init__()
        self.s = s
        self.W_query = nn.Linear(s.emb_dim, s.emb_dim, bias=s.qkv_bias)
        self.W_key = nn.Linear(s.emb_dim, s.emb_dim, bias=s.qkv_bias)
        self.W_value = nn.Linear(s.emb_dim, s.emb_dim, bias=s.qkv_bias)
        self.out_proj = nn.Linear(s.emb_dim, s.emb_dim)

    def forward(self, x: Tensor) -> Tensor:
        b, t, c = x.shape
        q, k, v = (f(x).reshape(b, t, self.s.n_heads, -1) for f in (self.W_query, self.W_key, self.W_value))
        scores = torch.einsum("bihd,bjhd->bhij", q, k) / (c // self.s.n_heads) ** 0.5
        scores = scores.masked_fill(~torch.ones(t, t, dtype=torch.bool, device=x.device).tril(), float("-inf"))
        weights = F.dropout(F.softmax(scores, -1), self.s.drop_rate, self.training)
        return self.out_proj(torch.einsum("bhij,bjhd->bihd", weights, v).reshape(b, t, c))


class FeedForward(nn.Module):
    def __init__(self, s: Settings) -> None:
        super().__init__()
        hidden = 4 * s.emb_dim
        self.layers = nn.Sequential(nn.Linear(s.emb_dim, hidden), nn.GELU("tanh"), nn.Linear(hidden, s.emb_dim))

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)


class Block(nn.Module):
    def __init__(self, s: Settings) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(s.emb_dim)
        self.att = Attention(s)
        self.norm2 = nn.LayerNorm(s.emb_dim)
        self.ff = FeedForward(s)
        self.drop = nn.Dropout(s.drop_rate)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.drop(self.att(self.norm1(x)))
        return x + self.drop(self.ff(self.norm2(x)))


class GPTModel(nn.Module):
    def __init__(self, cfg: dict) -> None:
        super().__init__()
        s = Settings(**cfg)
        self.drop = nn.Dropout(s.drop_rate)
        self.out_head = nn.Linear(s.emb_dim, s.vocab_size, bias=False)
        self.final_norm = nn.LayerNorm(s.emb_dim)
        self.trf_blocks = nn.Sequential(*(Block(s) for _ in range(s.n_layers)))
        self.pos_emb = nn.Embedding(s.context_length, s.emb_dim)
        self.tok_emb = nn.Embedding(s.vocab_size, s.emb_dim)

    def forward(self, in_idx: Tensor) -> Tensor:
        x = self.drop(self.tok_emb(in_idx) + self.pos_emb.weight[: in_idx.size(-1)])
        return self.out_head(self.final_norm(self.trf_blocks(x)))
