from math import sqrt

import torch
from torch import nn


class CausalAttention(nn.Module):
    def __init__(self, d_in, d_out, context_length, dropout, qkv_bias=False):
        super().__init__()
        for name in ("W_query", "W_key", "W_value"):
            setattr(self, name, nn.Linear(d_in, d_out, bias=qkv_bias))
        self.drop = nn.Dropout(dropout)

    def forward(self, x):
        q, k, v = (getattr(self, name)(x) for name in ("W_query", "W_key", "W_value"))
        logits = torch.einsum("btd,bsd->bts", q / sqrt(q.size(-1)), k)
        position = torch.arange(x.size(1), device=x.device)
        logits = logits + torch.where(position[None, :] > position[:, None], -1e9, 0.0).to(x.dtype)
        a = (logits - logits.amax(-1, keepdim=True)).exp()
        return torch.einsum("bts,bsd->btd", self.drop(a / a.sum(-1, keepdim=True)), v)
