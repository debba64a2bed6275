"""Writes all parts itself, with fused attention and a dropout module for each branch."""

import torch
from torch import nn
from torch.nn.functional import scaled_dot_product_attention


class Attention(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.heads, self.rate = cfg["n_heads"], cfg["drop_rate_attn"]
        self.W_query, self.W_key, self.W_value = (
            nn.Linear(cfg["emb_dim"], cfg["emb_dim"], bias=cfg["qkv_bias"]) for _ in range(3)
        )
        self.out_proj = nn.Linear(cfg["emb_dim"], cfg["emb_dim"])

    def forward(self, x):
        q, k, v = (
            f(x).unflatten(-1, (self.heads, -1)).transpose(1, 2) for f in (self.W_query, self.W_key, self.W_value)
        )
        rate = self.rate if self.training else 0.0
        heads = scaled_dot_product_attention(q, k, v, dropout_p=rate, is_causal=True)
        return self.out_proj(heads.transpose(1, 2).flatten(2))


class TransformerBlock(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        d = cfg["emb_dim"]
        self.att = Attention(cfg)
        self.ff = nn.Module()
        self.ff.layers = nn.Sequential(nn.Linear(d, 4 * d), nn.GELU(approximate="tanh"), nn.Linear(4 * d, d))
        self.norm1 = nn.LayerNorm(d)
        self.norm2 = nn.LayerNorm(d)
        self.dropout_1 = nn.Dropout(p=cfg["drop_rate_shortcut"])
        self.dropout_2 = nn.Dropout(p=cfg["drop_rate_shortcut"])

    def forward(self, x):
        shortcut = x
        x = self.dropout_1(self.att(self.norm1(x))) + shortcut
        shortcut = x
        x = self.dropout_2(self.ff.layers(self.norm2(x))) + shortcut
        return x


class GPTModel(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.tok_emb = nn.Embedding(cfg["vocab_size"], cfg["emb_dim"])
        self.pos_emb = nn.Embedding(cfg["context_length"], cfg["emb_dim"])
        self.dropout = nn.Dropout(cfg["drop_rate_emb"])
        self.trf_blocks = nn.Sequential(*[TransformerBlock(cfg) for _ in range(cfg["n_layers"])])
        self.final_norm = nn.LayerNorm(cfg["emb_dim"])
        self.out_head = nn.Linear(cfg["emb_dim"], cfg["vocab_size"], bias=False)

    def forward(self, in_idx):
        seq_len = in_idx.shape[1]
        x = self.tok_emb(in_idx) + self.pos_emb(torch.arange(seq_len, device=in_idx.device))
        return self.out_head(self.final_norm(self.trf_blocks(self.dropout(x))))
