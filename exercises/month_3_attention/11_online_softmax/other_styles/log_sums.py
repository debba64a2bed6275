"""Each block normalised by itself; blocks are then mixed by the logarithms of their sums."""

import torch


def flash_attention(
    q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, block_size: int, causal: bool = True
) -> torch.Tensor:
    n = k.size(-2)
    result = so_far = None
    places_of_all = torch.arange(n, device=q.device).split(block_size)
    for keys, values, places in zip(k.split(block_size, -2), v.split(block_size, -2), places_of_all, strict=True):
        s = q @ keys.mT * q.size(-1) ** -0.5
        if causal:
            hidden = places[None, :] > torch.arange(q.size(-2), device=q.device)[:, None]
            s = s.masked_fill(hidden, -1e9)
        here = torch.logsumexp(s, -1, keepdim=True)
        block = torch.softmax(s, -1) @ values
        if result is None:
            result, so_far = block, here
        else:
            share = torch.sigmoid(here - so_far)
            result = result + (block - result) * share
            so_far = torch.logaddexp(so_far, here)
    return result
