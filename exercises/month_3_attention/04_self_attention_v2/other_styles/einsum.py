from math import sqrt

import torch

NAMES = "W_query", "W_key", "W_value"


class SelfAttention_v2(torch.nn.Module):
    def __init__(self, d_in: int, d_out: int, qkv_bias: bool = False, scale: float | None = None) -> None:
        super().__init__()
        self.scale = scale or 1 / sqrt(d_out)
        for name in NAMES:
            setattr(self, name, torch.nn.Linear(d_in, d_out, qkv_bias))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        q, k, v = (getattr(self, name)(x) for name in NAMES)
        a = torch.einsum("td,sd->ts", q * self.scale, k).exp()
        return torch.einsum("ts,sd->td", a / a.sum(1, keepdim=True), v)


def copy_weights(sa_v1, sa_v2):
    for name in NAMES:
        getattr(sa_v1, name).data = getattr(sa_v2, name).weight.detach().clone().t().contiguous()
    return sa_v1
