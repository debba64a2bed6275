import math

import torch


class SelfAttention_v1(torch.nn.Module):
    def __init__(self, d_in: int, d_out: int, spread: float = 0.1) -> None:
        super().__init__()
        self.root = math.sqrt(d_out)
        for name in ("value", "key", "query"):
            self.register_parameter("W_" + name, torch.nn.Parameter(torch.randn(d_in, d_out) * spread))

    def forward(self, sequence: torch.Tensor) -> torch.Tensor:
        asks = torch.matmul(sequence, self.W_query)
        found_by = torch.matmul(sequence, self.W_key)
        gives = torch.matmul(sequence, self.W_value)
        match = torch.einsum("id,jd->ij", asks, found_by) / self.root
        return match.softmax(1) @ gives
