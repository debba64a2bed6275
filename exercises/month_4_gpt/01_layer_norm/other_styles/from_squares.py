import torch
from torch import Tensor, nn


class LayerNorm(nn.Module):
    def __init__(self, emb_dim: int, eps: float = 1e-5):
        super().__init__()
        self.shift = nn.Parameter(torch.zeros(emb_dim))
        self.scale = nn.Parameter(torch.ones(emb_dim))
        self.epsilon = eps

    def forward(self, x: Tensor) -> Tensor:
        n = x.shape[-1]
        centered = x - x.sum(-1, keepdim=True) / n
        variance = torch.einsum("...d,...d->...", centered, centered)[..., None] / n
        return torch.addcmul(self.shift, self.scale, centered * (variance + self.epsilon).rsqrt())
