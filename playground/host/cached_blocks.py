"""Runs a GPTModel whose norms or feed-forward networks are the learner's, with the reference's cache."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from playground.host.cached_gpt import GPTSizes
from reference.gpt import GPTModel
from reference.llama import KVCache


class CachedBlocks(nn.Module):
    """Computes what `gpt` computes by calling its layers, but each token only once.

    The attention must be the reference's, and all other layers must process each token separately.
    """

    def __init__(self, gpt: GPTModel, sizes: GPTSizes) -> None:
        super().__init__()
        self.gpt, self.cfg = gpt, sizes

    def forward(self, ids: Tensor, cache: KVCache, last_only: bool = False) -> Tensor:
        """Token ids (B, T) that continue the cached ones -> logits (B, T, V), or (B, 1, V) if `last_only` is true.

        Raises ValueError if all tokens together exceed the context length.
        """
        T, start = ids.shape[1], cache.length
        if start + T > self.cfg.context_length:
            raise ValueError(f"{start + T} tokens exceed the context length of {self.cfg.context_length}")
        # which of the S = start + T tokens each new one attends to: itself and all before
        visible = torch.ones(T, start + T, dtype=torch.bool).tril(start) if T > 1 else None
        x = self.gpt.tok_emb(ids) + self.gpt.pos_emb(torch.arange(start, start + T))  # (B, T, emb_dim)
        block: Any
        for layer, block in enumerate(self.gpt.trf_blocks):
            x = x + self._attend(block.att, block.norm1(x), layer, cache, visible)
            x = x + block.ff(block.norm2(x))
        cache.length += T
        logits: Tensor = self.gpt.out_head(self.gpt.final_norm(x[:, -1:] if last_only else x))
        return logits

    def _attend(self, att: Any, x: Tensor, layer: int, cache: KVCache, visible: Tensor | None) -> Tensor:
        queries, keys, values = (
            layer_of(x).unflatten(-1, (att.num_heads, att.head_dim)).transpose(1, 2)  # (B, H, T, D)
            for layer_of in (att.W_query, att.W_key, att.W_value)
        )
        keys, values = cache.extend(layer, keys, values)  # (B, H, S, D)
        context = F.scaled_dot_product_attention(queries, keys, values, attn_mask=visible)
        output: Tensor = att.out_proj(context.transpose(1, 2).flatten(2))
        return output
