"""Multiplies the queries by W_UK and never computes keys: what DeepSeek's own inference code does."""

import torch
from torch import nn
from torch.nn import functional as F


class MultiHeadLatentAttention(nn.Module):
    def __init__(self, d_in, d_out, dropout, num_heads, qkv_bias=False, latent_dim=None):
        super().__init__()
        if d_out % num_heads:
            raise ValueError("num_heads must divide d_out")
        latent_dim = latent_dim or max(16, d_out // 8)
        self.heads = num_heads
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_DKV = nn.Linear(d_in, latent_dim, bias=qkv_bias)
        self.W_UK = nn.Linear(latent_dim, d_out, bias=qkv_bias)
        self.W_UV = nn.Linear(latent_dim, d_out, bias=qkv_bias)
        self.out_proj = nn.Linear(d_out, d_out)
        self.dropout = dropout
        self.past = None

    def reset_cache(self):
        self.past = None

    def forward(self, x, use_cache=False):
        latents = self.W_DKV(x)
        if use_cache:
            latents = latents if self.past is None else torch.cat([self.past, latents], dim=1)
            self.past = latents
        queries = self.W_query(x).unflatten(-1, (self.heads, -1))  # b t h d
        up_keys = self.W_UK.weight.unflatten(0, (self.heads, -1))  # h d l
        scores = torch.einsum("bthd,hdl,bsl->bhts", queries, up_keys, latents)
        if self.W_UK.bias is not None:
            bias = self.W_UK.bias.view(self.heads, -1)
            scores = scores + torch.einsum("bthd,hd->bht", queries, bias)[..., None]
        scores = scores / queries.shape[-1] ** 0.5
        T, S = scores.shape[-2:]
        visible = torch.ones(T, S, dtype=torch.bool, device=x.device).tril(S - T)
        weights = F.dropout(scores.where(visible, -torch.inf).softmax(-1), self.dropout, self.training)
        values = self.W_UV(latents).unflatten(-1, (self.heads, -1))
        return self.out_proj(torch.einsum("bhts,bshd->bthd", weights, values).flatten(2))
