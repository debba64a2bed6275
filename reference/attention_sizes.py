"""Attention modules of chosen sizes (book, exercises 3.2 and 3.3).

Shapes: batch size B, sequence length T.
"""

from __future__ import annotations

from reference.attention import MultiHeadAttention
from reference.attention_variants import MultiHeadAttentionWrapper


def wrapper_of_width(d_in: int, width: int, context_length: int, num_heads: int) -> MultiHeadAttentionWrapper:
    """Returns heads whose concatenated output has `width` numbers per token, a multiple of num_heads.

    The module maps (B, T, d_in) to (B, T, width), without dropout. Book, exercise 3.2.
    """
    head_width = width // num_heads  # the wrapper's d_out is that of one head
    wrapper = MultiHeadAttentionWrapper(d_in, head_width, context_length, dropout=0.0, num_heads=num_heads)
    return wrapper


def gpt2_attention() -> MultiHeadAttention:
    """Returns an attention module of the size of the smallest GPT-2, without dropout.

    It maps (B, T, 768) to (B, T, 768), T ≤ 1024. Book, exercise 3.3; Radford et al., 2019.
    """
    emb_dim = 768
    attention = MultiHeadAttention(emb_dim, emb_dim, context_length=1024, dropout=0.0, num_heads=12)
    return attention
