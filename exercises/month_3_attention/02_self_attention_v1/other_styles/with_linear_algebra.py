import math

import torch


class SelfAttention_v1(torch.nn.Module):
    def __init__(self, d_in: int, d_out: int, std: float = 0.1) -> None:
        super().__init__()
        self.root = math.sqrt(d_out)
        for name in ("value", "key", "query"):
            self.register_parameter("W_" + name, torch.nn.Parameter(torch.randn(d_in, d_out) * std))

    def forward(self, sequence: torch.Tensor) -> torch.Tensor:
        queries = torch.matmul(sequence, self.W_query)
        keys = torch.matmul(sequence, self.W_key)
        values = torch.matmul(sequence, self.W_value)
        scores = torch.einsum("id,jd->ij", queries, keys) / self.root
        return scores.softmax(1) @ values
