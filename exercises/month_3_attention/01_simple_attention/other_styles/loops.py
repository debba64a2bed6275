"""Token by token, pair by pair."""

import torch


def simple_attention(inputs):
    num_tokens = inputs.shape[0]
    attn_scores = torch.empty(num_tokens, num_tokens, dtype=inputs.dtype, device=inputs.device)
    for i, asking in enumerate(inputs):
        for j, asked in enumerate(inputs):
            attn_scores[i, j] = torch.dot(asking, asked)
    attn_weights = torch.softmax(attn_scores, dim=-1)
    rows = []
    for row in attn_weights:
        mixed = torch.zeros_like(inputs[0])
        for weight, token in zip(row, inputs, strict=True):
            mixed = mixed + weight * token
        rows.append(mixed)
    return torch.stack(rows), attn_weights
