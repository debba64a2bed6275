from parts import GELU
from torch import nn


class FeedForward(nn.Module):
    """Two linear layers with a GELU between them. The hidden size is 4 · emb_dim.

    cfg: a dict with emb_dim (and others)
    """

    def __init__(self, cfg):
        super().__init__()
        # Create self.layers, an nn.Sequential of three layers.
        raise NotImplementedError

    def forward(self, x):
        """x: (..., emb_dim). Returns the same shape."""
        raise NotImplementedError
