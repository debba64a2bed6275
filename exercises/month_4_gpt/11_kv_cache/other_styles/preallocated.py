"""Preallocates the cache for the whole context, and computes the mask from positions."""

import torch
import torch.nn as nn
from parts import TransformerBlock


class GPTModel(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.cfg = cfg
        self.tok_emb = nn.Embedding(cfg["vocab_size"], cfg["emb_dim"])
        self.pos_emb = nn.Embedding(cfg["context_length"], cfg["emb_dim"])
        self.drop_emb = nn.Dropout(cfg["drop_rate"])
        self.trf_blocks = nn.ModuleList(TransformerBlock(cfg) for _ in range(cfg["n_layers"]))
        self.final_norm = nn.LayerNorm(cfg["emb_dim"])
        self.out_head = nn.Linear(cfg["emb_dim"], cfg["vocab_size"], bias=False)
        self.reset_kv_cache()

    def reset_kv_cache(self):
        self.filled = 0
        self.memory = [None] * self.cfg["n_layers"]

    def attend(self, att, x, past, memory):
        batch, new, width = x.shape
        heads = self.cfg["n_heads"]
        q, k, v = (f(x).view(batch, new, heads, -1).transpose(1, 2) for f in (att.W_query, att.W_key, att.W_value))
        if memory is not None:
            memory[0][:, :, past : past + new] = k
            memory[1][:, :, past : past + new] = v
            k, v = memory[0][:, :, : past + new], memory[1][:, :, : past + new]
        rows = torch.arange(past, past + new, device=x.device)
        hidden = torch.arange(k.size(2), device=x.device) > rows[:, None]
        scores = (q @ k.mT / k.size(-1) ** 0.5).masked_fill(hidden, -torch.inf)
        mixed = att.dropout(scores.softmax(-1)) @ v
        return att.out_proj(mixed.transpose(1, 2).reshape(batch, new, width))

    def forward(self, in_idx, use_cache=False):
        batch, new = in_idx.shape
        past = self.filled if use_cache else 0
        x = self.drop_emb(self.tok_emb(in_idx) + self.pos_emb.weight[past : past + new])
        for i, block in enumerate(self.trf_blocks):
            normed = block.norm1(x)
            if use_cache and self.memory[i] is None:
                shape = (2, batch, self.cfg["n_heads"], self.cfg["context_length"], x.size(-1) // self.cfg["n_heads"])
                self.memory[i] = x.new_empty(shape)
            attended = self.attend(block.att, normed, past, self.memory[i] if use_cache else None)
            x = x + block.drop_shortcut(attended)
            x = x + block.drop_shortcut(block.ff(block.norm2(x)))
        if use_cache:
            self.filled += new
        return self.out_head(self.final_norm(x))


@torch.inference_mode()
def generate_text_simple_cached(model, idx, max_new_tokens, context_size=None, use_cache=True):
    model.eval()
    model.reset_kv_cache()
    done = 0
    while max_new_tokens > 0:
        logits = model(idx[:, done:], use_cache=True) if use_cache else model(idx)
        done = idx.size(1)
        idx = torch.hstack([idx, logits[:, -1:].argmax(-1)])
        max_new_tokens -= 1
    return idx
