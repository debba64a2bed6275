"""The steps of attention one by one, each a function (book, sections 3.3 to 3.6).

Shapes: B sequences of T tokens of d numbers; H heads, each d / H wide.
"""

from __future__ import annotations

import torch


def simple_attention(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Attention without weights of its own. (T, d) -> context (T, d), weights (T, T). Book, section 3.3."""
    scores = x @ x.transpose(-2, -1)  # (T, T): row t holds the dot products of token t with each token
    weights = torch.softmax(scores, dim=-1)  # each row positive, and its sum 1
    context = weights @ x  # row t: the tokens, mixed by the weights of token t
    return context, weights


def causal_softmax(scores: torch.Tensor) -> torch.Tensor:
    """Attention weights in which no token sees the future. (…, T, T) -> (…, T, T). Book, section 3.5.1."""
    T = scores.shape[-1]
    everywhere = torch.ones(T, T, dtype=torch.bool, device=scores.device)
    future = everywhere.triu(diagonal=1)  # true where the key (column) lies after the query (row)
    masked_scores = scores.masked_fill(future, float("-inf"))
    weights = torch.softmax(masked_scores, dim=-1)  # exp(-inf) is 0, and each row still sums to 1
    return weights


def dropout(x: torch.Tensor, p: float, training: bool) -> torch.Tensor:
    """Each number becomes 0 with probability p while training; the others grow by 1 / (1 - p), so that the
    mean stays. The shape and dtype of x. Srivastava et al., 2014; book, section 3.5.2."""
    if not training:
        return x
    luck = torch.rand_like(x)  # uniform in [0, 1), drawn anew for every number at every call
    kept = luck >= p
    grown = x / (1 - p)
    dropped = grown * kept
    return dropped


def split_heads(x: torch.Tensor, num_heads: int) -> torch.Tensor:
    """(B, T, d) -> (B, H, T, d / H): the numbers of each token, shared out. Book, section 3.6.2."""
    B, T, d = x.shape
    by_token = x.reshape(B, T, num_heads, d // num_heads)
    heads = by_token.transpose(1, 2)
    return heads


def merge_heads(x: torch.Tensor) -> torch.Tensor:
    """(B, H, T, D) -> (B, T, H * D): the heads of each token side by side again. Undoes split_heads."""
    B, H, T, D = x.shape
    tokens_first = x.transpose(1, 2)
    joined = tokens_first.reshape(B, T, H * D)
    return joined
