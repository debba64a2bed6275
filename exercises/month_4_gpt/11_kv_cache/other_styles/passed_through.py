"""Its attention takes and returns a pair of keys and values; the model keeps one pair for each block."""

import torch
import torch.nn.functional as F
from parts import FeedForward, LayerNorm
from torch import nn


class Attention(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        d = cfg["emb_dim"]
        self.n_heads, self.p = cfg["n_heads"], cfg["drop_rate"]
        self.W_query = nn.Linear(d, d, bias=cfg["qkv_bias"])
        self.W_key = nn.Linear(d, d, bias=cfg["qkv_bias"])
        self.W_value = nn.Linear(d, d, bias=cfg["qkv_bias"])
        self.out_proj = nn.Linear(d, d)

    def forward(self, x, past=None):
        q, k, v = (f(x).unflatten(-1, (self.n_heads, -1)) for f in (self.W_query, self.W_key, self.W_value))
        if past is not None:
            k, v = torch.cat([past[0], k], 1), torch.cat([past[1], v], 1)
        new, total = q.size(1), k.size(1)
        visible = torch.ones(new, total, dtype=torch.bool, device=x.device).tril(total - new)
        p = self.p if self.training else 0.0
        mixed = F.scaled_dot_product_attention(
            q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2), attn_mask=visible, dropout_p=p
        )
        return self.out_proj(mixed.transpose(1, 2).flatten(2)), (k, v)


class Block(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.norm1, self.norm2 = LayerNorm(cfg["emb_dim"]), LayerNorm(cfg["emb_dim"])
        self.att, self.ff = Attention(cfg), FeedForward(cfg)
        self.drop = nn.Dropout(cfg["drop_rate"])

    def forward(self, x, past=None):
        attended, present = self.att(self.norm1(x), past)
        x = x + self.drop(attended)
        return x + self.drop(self.ff(self.norm2(x))), present


class GPTModel(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.tok_emb = nn.Embedding(cfg["vocab_size"], cfg["emb_dim"])
        self.pos_emb = nn.Embedding(cfg["context_length"], cfg["emb_dim"])
        self.drop = nn.Dropout(cfg["drop_rate"])
        self.trf_blocks = nn.ModuleList([Block(cfg) for _ in range(cfg["n_layers"])])
        self.final_norm = LayerNorm(cfg["emb_dim"])
        self.out_head = nn.Linear(cfg["emb_dim"], cfg["vocab_size"], bias=False)
        self.pasts = None

    def reset_kv_cache(self):
        self.pasts = None

    def forward(self, in_idx, use_cache=False):
        pasts = self.pasts if use_cache and self.pasts is not None else [None] * len(self.trf_blocks)
        start = 0 if pasts[0] is None else pasts[0][0].size(1)
        positions = start + torch.arange(in_idx.size(1), device=in_idx.device)
        x = self.drop(self.tok_emb(in_idx) + self.pos_emb(positions))
        presents = []
        for block, past in zip(self.trf_blocks, pasts, strict=True):
            x, present = block(x, past)
            presents.append(present)
        if use_cache:
            self.pasts = presents
        return self.out_head(self.final_norm(x))


def generate_text_simple_cached(model, idx, max_new_tokens, context_size=None, use_cache=True):
    training = model.training
    model.eval()
    model.reset_kv_cache()
    with torch.no_grad():
        new = idx
        for _ in range(max_new_tokens):
            new = model(new if use_cache else idx, use_cache)[:, -1:].argmax(-1)
            idx = torch.cat([idx, new], dim=1)
    model.train(training)
    return idx
