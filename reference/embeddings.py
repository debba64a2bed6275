"""Token and positional embeddings (book, sections 2.7 and 2.8).

Shapes: batch size B, sequence length T, vocabulary size V, embedding dimension emb.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn


def embed_onehot(ids: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """An embedding lookup as a matrix product. ids (…), weight (V, emb) -> (…, emb). Book, section 2.7."""
    one_hot = F.one_hot(ids, num_classes=weight.shape[0])  # (…, V), integers
    one_hot_rows = one_hot.to(weight.dtype)
    vectors = one_hot_rows @ weight  # the single 1 in each row selects a row of weight
    return vectors


class InputEmbedding(nn.Module):
    """The sum of token and positional embeddings, the input of a GPT's first block. Book, section 2.8."""

    def __init__(self, vocab_size: int, context_length: int, emb_dim: int) -> None:
        super().__init__()
        self.tok_emb = nn.Embedding(vocab_size, emb_dim)
        self.pos_emb = nn.Embedding(context_length, emb_dim)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """ids (B, T) -> vectors (B, T, emb), T ≤ context_length."""
        token_vectors = self.tok_emb(ids)  # (B, T, emb)
        positions = torch.arange(ids.shape[1], device=ids.device)  # (T,)
        position_vectors = self.pos_emb(positions)  # (T, emb), the same for every sequence
        vectors = token_vectors + position_vectors
        return vectors
