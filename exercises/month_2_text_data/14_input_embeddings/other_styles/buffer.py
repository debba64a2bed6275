"""Stores the positions in a buffer and expands them over the batch."""

import torch
from torch import nn


class InputEmbedding(nn.Module):
    def __init__(self, vocab_size, context_length, emb_dim):
        super().__init__()
        self.pos_emb = nn.Embedding(context_length, emb_dim)
        self.tok_emb = nn.Embedding(vocab_size, emb_dim)
        self.register_buffer("positions", torch.arange(context_length)[None])

    def forward(self, ids):
        x = self.tok_emb(ids)
        x += self.pos_emb(self.positions[:, : ids.shape[1]].expand_as(ids))
        return x
