"""Normalizes each block and combines the blocks by the logarithms of their sums."""

import torch


def flash_attention(
    q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, block_size: int, causal: bool = True
) -> torch.Tensor:
    n = k.size(-2)
    result = log_total = None
    position_blocks = torch.arange(n, device=q.device).split(block_size)
    for keys, values, positions in zip(k.split(block_size, -2), v.split(block_size, -2), position_blocks, strict=True):
        s = q @ keys.mT * q.size(-1) ** -0.5
        if causal:
            hidden = positions[None, :] > torch.arange(q.size(-2), device=q.device)[:, None]
            s = s.masked_fill(hidden, -1e9)
        log_sum = torch.logsumexp(s, -1, keepdim=True)
        block = torch.softmax(s, -1) @ values
        if result is None:
            result, log_total = block, log_sum
        else:
            fraction = torch.sigmoid(log_sum - log_total)
            result = result + (block - result) * fraction
            log_total = torch.logaddexp(log_total, log_sum)
    return result
