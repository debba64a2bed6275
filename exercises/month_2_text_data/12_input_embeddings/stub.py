import torch
import torch.nn as nn


class InputEmbedding(nn.Module):
    """Token vectors plus position vectors."""

    def __init__(self, vocab_size, context_length, emb_dim):
        """
        vocab_size: how many ids there are
        context_length: how many tokens a sequence has at most
        emb_dim: how many numbers a vector has

        Make self.tok_emb and self.pos_emb.
        """
        super().__init__()
        raise NotImplementedError

    def forward(self, ids):
        """ids (B, T), T at most context_length -> vectors (B, T, emb_dim)."""
        raise NotImplementedError
