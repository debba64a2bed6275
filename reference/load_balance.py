"""The loss that keeps experts equally busy (Fedus et al., 2021, Switch Transformers, arXiv 2101.03961).

Shapes: n tokens, N experts.
"""

from __future__ import annotations

import torch
from torch import Tensor


def balance_loss(router_probs: Tensor, chosen: Tensor) -> Tensor:
    """Returns N · sum over the experts of fraction · mean probability, a scalar tensor; 1 for a perfect balance.

    router_probs: (n, N), the softmax of each token's scores; chosen: (n,) int64, the expert that each token went to.
    Gradients flow through the probabilities only, since a choice has none. Switch Transformers, equations 4 to 6.
    """
    num_experts = router_probs.shape[-1]
    assignments = torch.nn.functional.one_hot(chosen, num_experts).to(router_probs.dtype)  # (n, N)
    fractions = assignments.mean(dim=0)  # (N,), the share of tokens that each expert got
    mean_probs = router_probs.mean(dim=0)  # (N,)
    loss = num_experts * torch.sum(fractions * mean_probs)
    return loss
