"""A feed-forward network of several experts, of which each token uses a few.

Shazeer et al., 2017, arXiv 1701.06538 (sparsely gated experts); Jiang et al., 2024, Mixtral, arXiv 2401.04088 (the
softmax over the chosen experts).

Shapes: batch size B, sequence length T, N = B·T tokens, E experts, k experts per token.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class MoEFeedForward(nn.Module):
    """A mixture of SwiGLU experts. (B, T, emb_dim) -> (B, T, emb_dim).

    cfg has the keys emb_dim, hidden_dim (of one expert), num_experts and num_experts_per_tok. No layer has a bias.
    """

    def __init__(self, cfg: dict[str, Any]) -> None:
        super().__init__()
        emb_dim, hidden_dim, num_experts = cfg["emb_dim"], cfg["hidden_dim"], cfg["num_experts"]
        self.num_experts_per_tok = cfg["num_experts_per_tok"]
        self.gate = nn.Linear(emb_dim, num_experts, bias=False)
        self.fc1 = nn.ModuleList([nn.Linear(emb_dim, hidden_dim, bias=False) for _ in range(num_experts)])
        self.fc2 = nn.ModuleList([nn.Linear(emb_dim, hidden_dim, bias=False) for _ in range(num_experts)])
        self.fc3 = nn.ModuleList([nn.Linear(hidden_dim, emb_dim, bias=False) for _ in range(num_experts)])

    def forward(self, x: Tensor) -> Tensor:
        tokens = x.flatten(0, 1)  # (N, emb_dim)
        scores = self.gate(tokens)  # (N, E)
        top_scores, chosen = torch.topk(scores, self.num_experts_per_tok, dim=-1)  # (N, k)
        weights = torch.softmax(top_scores, dim=-1)  # (N, k), each row sums to 1
        output = torch.zeros_like(tokens)
        for expert in range(len(self.fc1)):
            rows, slots = torch.where(chosen == expert)  # the tokens that chose it, and in which of their k places
            expert_input = tokens[rows]
            hidden = nn.functional.silu(self.fc1[expert](expert_input)) * self.fc2[expert](expert_input)
            expert_output = self.fc3[expert](hidden)
            output = output.index_add(0, rows, weights[rows, slots, None] * expert_output)
        return output.view(x.shape)
