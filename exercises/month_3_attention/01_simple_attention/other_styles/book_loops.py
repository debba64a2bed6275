"""Loops that fill tensors of zeros, one number at a time."""

import torch


def simple_attention(inputs):
    count, size = inputs.shape
    attn_scores = torch.empty(count, count)
    for i, x_i in enumerate(inputs):
        for j, x_j in enumerate(inputs):
            attn_scores[i, j] = torch.dot(x_i, x_j)
    attn_weights = torch.softmax(attn_scores, dim=1)
    all_context = torch.zeros(count, size)
    for i in range(count):
        for j in range(count):
            all_context[i] += attn_weights[i, j] * inputs[j]
    return all_context, attn_weights
