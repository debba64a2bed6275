"""Applies the softmax first, zeroes later tokens, and divides each row by its sum."""

import torch


def causal_softmax(attn_scores):
    context_length = attn_scores.shape[-1]
    attn_weights = torch.softmax(attn_scores, dim=-1)
    mask_simple = torch.tril(torch.ones(context_length, context_length, device=attn_scores.device))
    masked_simple = attn_weights * mask_simple.to(attn_weights.dtype)
    return masked_simple / masked_simple.sum(dim=-1, keepdim=True)
