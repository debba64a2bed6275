"""Computes the entropy from log_softmax, which never takes the logarithm of 0."""

import math

import torch
import torch.nn.functional as F


def score_statistics(queries, keys, scaled):
    attn_scores = torch.einsum("nd,md->nm", queries, keys)
    if scaled:
        attn_scores = attn_scores / math.sqrt(keys.shape[1])
    variance = torch.mean((attn_scores - attn_scores.mean()) ** 2)
    log_weights = F.log_softmax(attn_scores, dim=1)
    entropy = -(log_weights.exp() * log_weights).sum(1).mean()
    return variance, entropy
