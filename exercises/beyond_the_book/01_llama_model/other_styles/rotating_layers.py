"""Uses the gqa part unchanged: its layers W_query and W_key rotate what they return."""

from parts import FeedForward, GroupedQueryAttention, RMSNorm, apply_rope, compute_rope_params
from torch import nn


class RotatingLinear(nn.Linear):
    def __init__(self, inputs, heads, head_dim, tables, dtype):
        super().__init__(inputs, heads * head_dim, bias=False, dtype=dtype)
        self.heads, self.tables = heads, tables

    def forward(self, x):
        split = super().forward(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        return apply_rope(split, *self.tables()).transpose(1, 2).flatten(2)


class Block(nn.Module):
    def __init__(self, cfg, tables):
        super().__init__()
        width, heads, groups, dtype = (cfg[name] for name in ("emb_dim", "n_heads", "n_kv_groups", "dtype"))
        self.norm1, self.norm2 = RMSNorm(width).to(dtype), RMSNorm(width).to(dtype)
        self.att = GroupedQueryAttention(width, width, 0.0, heads, groups, dtype)
        self.att.W_query = RotatingLinear(width, heads, width // heads, tables, dtype)
        self.att.W_key = RotatingLinear(width, groups, width // heads, tables, dtype)
        self.ff = FeedForward(cfg)

    def forward(self, x):
        x = x + self.att(self.norm1(x))
        return x + self.ff(self.norm2(x))


class Llama3Model(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.tok_emb = nn.Embedding(cfg["vocab_size"], cfg["emb_dim"], dtype=cfg["dtype"])
        self.trf_blocks = nn.Sequential(*(Block(cfg, lambda: (self.cos, self.sin)) for _ in range(cfg["n_layers"])))
        self.final_norm = RMSNorm(cfg["emb_dim"]).to(cfg["dtype"])
        self.out_head = nn.Linear(cfg["emb_dim"], cfg["vocab_size"], bias=False, dtype=cfg["dtype"])
        tables = compute_rope_params(cfg["emb_dim"] // cfg["n_heads"], cfg["rope_base"], cfg["context_length"])
        for name, table in zip(("cos", "sin"), tables, strict=True):
            self.register_buffer(name, table)

    def forward(self, in_idx):
        return self.out_head(self.final_norm(self.trf_blocks(self.tok_emb(in_idx))))
