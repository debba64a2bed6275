"""Speculative decoding: a small model proposes tokens, a large one checks them all in one call.

The text has exactly the large model's distribution (Leviathan et al., 2023; Chen et al., 2023).
Shapes: sequence length T, vocabulary size V.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

Model = Callable[[torch.Tensor], torch.Tensor]  # ids (1, T) -> logits (1, T, V)


@torch.no_grad()
def speculative_decode(target: Model, draft: Model, idx: torch.Tensor, n: int, k: int) -> torch.Tensor:
    """Appends n ids of target's distribution to idx, in rounds of k proposals of draft. (1, T) -> (1, T + n)."""
    end = idx.shape[1] + n
    while idx.shape[1] < end:
        length = idx.shape[1]
        proposed = idx
        draft_rows = []
        for _ in range(k):
            draft_row = torch.softmax(draft(proposed)[0, -1], dim=-1)  # (V,)
            token = torch.multinomial(draft_row, num_samples=1)
            draft_rows.append(draft_row)
            proposed = torch.cat((proposed, token.view(1, 1)), dim=1)
        q = torch.stack(draft_rows)  # (k, V): row i is the distribution that proposal i was drawn from
        p = torch.softmax(target(proposed)[0, length - 1 :], dim=-1)  # (k + 1, V): one call for all positions
        accepted = 0
        while accepted < k:
            token = proposed[0, length + accepted]
            ratio = p[accepted, token] / q[accepted, token]
            if torch.rand(()) >= ratio:
                break
            accepted += 1
        if accepted < k:
            weights = (p[accepted] - q[accepted]).clamp(min=0)  # what the proposals have too little of
        else:
            weights = p[k]  # all accepted: target's distribution of the token after them is known already
        next_id = torch.multinomial(weights, num_samples=1)  # normalizes the weights
        idx = torch.cat((proposed[:, : length + accepted], next_id.view(1, 1)), dim=1)
    return idx[:, :end]
