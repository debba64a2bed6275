import torch
from torch import nn


class RMSNorm(nn.Module):
    """Divides each token's vector by its root mean square, then multiplies it by a learned scale.

    emb_dim: size of a token's vector
    eps: number added to the mean square, inside the root
    """

    def __init__(self, emb_dim, eps=1e-5):
        super().__init__()
        # Create self.scale (ones), an nn.Parameter of shape (emb_dim,), and keep eps.
        raise NotImplementedError

    def forward(self, x):
        """x: (..., emb_dim). Returns the same shape and dtype."""
        raise NotImplementedError


class FeedForward(nn.Module):
    """A feed-forward network with a gate: fc3(silu(fc1(x)) · fc2(x)).

    cfg: a dict with the keys "emb_dim", "hidden_dim" and "dtype"
    """

    def __init__(self, cfg):
        super().__init__()
        # Create self.fc1, self.fc2 and self.fc3, nn.Linear without a bias, with weights of cfg["dtype"].
        raise NotImplementedError

    def forward(self, x):
        """x: (..., emb_dim). Returns the same shape."""
        raise NotImplementedError
