"""Runs a GPTModel with a cache of keys and values, as reference.llama.Llama runs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from reference.attention import MultiHeadAttention
from reference.gpt import GPTModel, TransformerBlock
from reference.llama import KVCache


@dataclass(frozen=True)
class GPTSizes:
    """The sizes of a GPT that its cache and its caller need; each head has keys and values of its own."""

    context_length: int
    n_layers: int
    n_kv_groups: int
    head_dim: int


class CachedGPT(nn.Module):
    """Computes what `gpt` computes, block by block with its own layers, but each token only once."""

    def __init__(self, gpt: GPTModel, cfg: dict[str, Any]) -> None:
        super().__init__()
        self.gpt = gpt
        heads = cfg["n_heads"]
        self.cfg = GPTSizes(cfg["context_length"], cfg["n_layers"], heads, cfg["emb_dim"] // heads)

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
        for layer, block in enumerate(self.gpt.trf_blocks):
            assert isinstance(block, TransformerBlock)
            x = x + self._attend(block.att, block.norm1(x), layer, cache, visible)
            x = x + block.ff(block.norm2(x))
        cache.length += T
        logits: Tensor = self.gpt.out_head(self.gpt.final_norm(x[:, -1:] if last_only else x))
        return logits

    def _attend(self, att: MultiHeadAttention, x: Tensor, layer: int, cache: KVCache, visible: Tensor | None) -> Tensor:
        queries, keys, values = (
            layer_of(x).unflatten(-1, (att.num_heads, att.head_dim)).transpose(1, 2)  # (B, H, T, D)
            for layer_of in (att.W_query, att.W_key, att.W_value)
        )
        keys, values = cache.extend(layer, keys, values)  # (B, H, S, D)
        context = F.scaled_dot_product_attention(queries, keys, values, attn_mask=visible)
        output: Tensor = att.out_proj(context.transpose(1, 2).flatten(2))
        return output


def load_model(path: Path) -> tuple[CachedGPT, str]:
    """Returns the model in a file that `gpt2_conversion` wrote, in evaluation mode, and its title."""
    data = torch.load(path, mmap=True, weights_only=True)
    with torch.device("meta"):  # allocates no memory; the file's weights replace these
        gpt = GPTModel(data["cfg"])
    gpt.load_state_dict(data["weights"], strict=False, assign=True)  # all but the masks, which are not used
    return CachedGPT(gpt.eval(), data["cfg"]).eval(), data["title"]
