"""Uses bare parameters, and slices the position table."""

import torch
from torch import Tensor, nn


class InputEmbedding(nn.Module):
    def __init__(self, vocab_size: int, context_length: int, emb_dim: int, std: float = 0.02) -> None:
        super().__init__()
        self.tok_emb = nn.Parameter(torch.randn(vocab_size, emb_dim) * std)
        self.pos_emb = nn.Parameter(torch.randn(context_length, emb_dim) * std)

    def forward(self, ids: Tensor) -> Tensor:
        return self.tok_emb[ids] + self.pos_emb[: ids.size(-1)]
