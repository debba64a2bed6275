import torch
import torch.nn as nn


class InputEmbedding(nn.Module):
    """Adds token vectors and position vectors."""

    def __init__(self, vocab_size, context_length, emb_dim):
        """
        vocab_size: the number of ids
        context_length: the maximum number of tokens in a sequence
        emb_dim: the length of a vector

        Create self.tok_emb and self.pos_emb.
        """
        super().__init__()
        raise NotImplementedError

    def forward(self, ids):
        """Returns the vectors (B, T, emb_dim) of ids (B, T), where T is at most context_length."""
        raise NotImplementedError
