"""Loops over the pairs of tokens."""

import torch


def simple_attention(inputs):
    num_tokens = inputs.shape[0]
    attn_scores = torch.empty(num_tokens, num_tokens, dtype=inputs.dtype, device=inputs.device)
    for i, query in enumerate(inputs):
        for j, key in enumerate(inputs):
            attn_scores[i, j] = torch.dot(query, key)
    attn_weights = torch.softmax(attn_scores, dim=-1)
    rows = []
    for row in attn_weights:
        context = torch.zeros_like(inputs[0])
        for weight, token in zip(row, inputs, strict=True):
            context = context + weight * token
        rows.append(context)
    return torch.stack(rows), attn_weights
