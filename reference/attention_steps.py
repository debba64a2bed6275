"""The steps of attention as separate functions (book, sections 3.3 to 3.6).

Shapes: batch size B, sequence length T, embedding dimension d, H heads of dimension D = d / H.
"""

from __future__ import annotations

import torch


def simple_attention(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Self-attention without trainable weights. (T, d) -> context (T, d), weights (T, T). Book, section 3.3."""
    scores = x @ x.transpose(-2, -1)  # (T, T): row t holds the dot products of token t with all tokens
    weights = torch.softmax(scores, dim=-1)  # each row is positive and sums to 1
    context = weights @ x  # row t is the average of all tokens, weighted by row t of weights
    return context, weights


def score_statistics(queries: torch.Tensor, keys: torch.Tensor, scaled: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """Variance of the scores and mean entropy of the attention weights. (N, d), (M, d) -> two numbers.

    Both show why scores are divided by √d. Book, section 3.4.1; Vaswani et al., 2017, section 3.2.1.
    """
    scores = queries @ keys.transpose(-2, -1)  # (N, M)
    d = queries.shape[-1]
    used_scores = scores / d**0.5 if scaled else scores
    variance = used_scores.var(unbiased=False)  # over all scores
    weights = torch.softmax(used_scores, dim=-1)
    entropies = torch.special.entr(weights).sum(dim=-1)  # entr(0) is 0, while 0 * log(0) is NaN
    entropy = entropies.mean()
    return variance, entropy


def causal_softmax(scores: torch.Tensor) -> torch.Tensor:
    """Softmax over scores with a causal mask. (…, T, T) -> (…, T, T). Book, section 3.5.1."""
    T = scores.shape[-1]
    # True where the key (column) comes after the query (row)
    future = torch.ones(T, T, dtype=torch.bool, device=scores.device).triu(diagonal=1)
    masked_scores = scores.masked_fill(future, float("-inf"))
    weights = torch.softmax(masked_scores, dim=-1)  # exp(-inf) is 0, so each row still sums to 1
    return weights


def dropout(x: torch.Tensor, p: float, training: bool) -> torch.Tensor:
    """In training, sets each number to 0 with probability p and scales the others by 1 / (1 - p).

    The scaling preserves the expected value. Srivastava et al., 2014; book, section 3.5.2.
    """
    if not training:
        return x
    random_numbers = torch.rand_like(x)  # uniform in [0, 1), one for each element
    kept = random_numbers >= p
    scaled = x / (1 - p)
    dropped = scaled * kept
    return dropped


def split_heads(x: torch.Tensor, num_heads: int) -> torch.Tensor:
    """Splits each token's vector into H heads. (B, T, d) -> (B, H, T, d / H). Book, section 3.6.2."""
    B, T, d = x.shape
    by_token = x.reshape(B, T, num_heads, d // num_heads)
    heads = by_token.transpose(1, 2)
    return heads


def merge_heads(x: torch.Tensor) -> torch.Tensor:
    """Concatenates the heads of each token, the inverse of split_heads. (B, H, T, D) -> (B, T, H * D)."""
    B, H, T, D = x.shape
    tokens_first = x.transpose(1, 2)
    joined = tokens_first.reshape(B, T, H * D)
    return joined
