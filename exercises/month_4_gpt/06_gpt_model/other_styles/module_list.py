"""Keeps the blocks in an nn.ModuleList and the positions in a buffer."""

import torch
import torch.nn as nn
from parts import LayerNorm, TransformerBlock


class GPTModel(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.cfg = cfg
        self.tok_emb = nn.Embedding(cfg["vocab_size"], cfg["emb_dim"])
        self.pos_emb = nn.Embedding(cfg["context_length"], cfg["emb_dim"])
        self.register_buffer("positions", torch.arange(cfg["context_length"]), persistent=False)
        self.trf_blocks = nn.ModuleList(TransformerBlock(cfg) for _ in range(cfg["n_layers"]))
        self.final_norm = LayerNorm(cfg["emb_dim"])
        self.out_head = nn.Linear(cfg["emb_dim"], cfg["vocab_size"], bias=False)
        self.dropout = nn.Dropout(cfg["drop_rate"])

    def forward(self, in_idx):
        batch, length = in_idx.shape
        positions = self.positions[:length].expand(batch, length)
        x = self.dropout(self.tok_emb(in_idx) + self.pos_emb(positions))
        for block in self.trf_blocks:
            x = block(x)
        return self.out_head(self.final_norm(x))
