"""Runs a GPTModel with a cache of keys and values, as reference.llama.Llama runs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from reference.gpt import GPTModel, TransformerBlock
from reference.llama import KVCache


@dataclass(frozen=True)
class GPTSizes:
    """The sizes of a GPT that its cache and its caller need; each head has keys and values of its own."""

    context_length: int
    n_layers: int
    n_kv_groups: int
    head_dim: int

    @property
    def n_heads(self) -> int:
        return self.n_kv_groups


class CachedGPT(nn.Module):
    """Computes what `gpt` computes, block by block, but each token only once and in few, large steps.

    Queries, keys and values come from one product; the block's three weights become views of its matrix.
    """

    def __init__(self, gpt: GPTModel, cfg: dict[str, Any]) -> None:
        super().__init__()
        self.gpt = gpt
        heads = cfg["n_heads"]
        self.cfg = GPTSizes(cfg["context_length"], cfg["n_layers"], heads, cfg["emb_dim"] // heads)
        self._blocks = [FusedBlock(block) for block in gpt.trf_blocks if isinstance(block, TransformerBlock)]

    def forward(self, ids: Tensor, cache: KVCache, last_only: bool = False) -> Tensor:
        """Token ids (B, T) that continue the cached ones -> logits (B, T, V), or (B, 1, V) if `last_only` is true.

        Raises ValueError if all tokens together exceed the context length.
        """
        T, start = ids.shape[1], cache.length
        if start + T > self.cfg.context_length:
            raise ValueError(f"{start + T} tokens exceed the context length of {self.cfg.context_length}")
        # which of the S = start + T tokens each new one attends to: itself and all before
        visible = torch.ones(T, start + T, dtype=torch.bool).tril(start) if T > 1 else None
        gpt = self.gpt
        x = F.embedding(ids, gpt.tok_emb.weight) + gpt.pos_emb.weight[start : start + T]  # (B, T, emb_dim)
        for layer, block in enumerate(self._blocks):
            x = block.add_to(x, layer, cache, visible)
        cache.length += T
        return F.linear(layer_norm(x[:, -1:] if last_only else x, gpt.final_norm), gpt.out_head.weight)


class FusedBlock:
    """A TransformerBlock in few calls of PyTorch: what a call costs counts as much as its arithmetic for one token."""

    def __init__(self, block: TransformerBlock) -> None:
        self.block = block
        att = block.att
        layers = (att.W_query, att.W_key, att.W_value)
        self.weight = torch.cat([layer.weight.detach() for layer in layers])  # (3·emb_dim, emb_dim)
        for layer, part in zip(layers, self.weight.chunk(3), strict=True):
            layer.weight = nn.Parameter(part, requires_grad=False)
        self.bias = torch.cat([layer.bias.detach() for layer in layers]) if att.W_query.bias is not None else None
        first, _, last = block.ff.layers
        assert isinstance(first, nn.Linear) and isinstance(last, nn.Linear)
        self.first, self.last = first, last

    def add_to(self, x: Tensor, layer: int, cache: KVCache, visible: Tensor | None) -> Tensor:
        """Returns x after the block. (B, T, emb_dim) -> (B, T, emb_dim)."""
        att, first, last = self.block.att, self.first, self.last
        B, T, _ = x.shape
        qkv = F.linear(layer_norm(x, self.block.norm1), self.weight, self.bias)
        queries, keys, values = qkv.view(B, T, 3, att.num_heads, att.head_dim).permute(2, 0, 3, 1, 4)  # (B, H, T, D)
        keys, values = cache.extend(layer, keys, values)  # (B, H, S, D)
        context = F.scaled_dot_product_attention(queries, keys, values, attn_mask=visible)
        x = x + F.linear(context.transpose(1, 2).reshape(x.shape), att.out_proj.weight, att.out_proj.bias)
        hidden = F.linear(layer_norm(x, self.block.norm2), first.weight, first.bias)
        return x + F.linear(F.gelu(hidden, approximate="tanh"), last.weight, last.bias)


def layer_norm(x: Tensor, norm: Any) -> Tensor:
    """The course's LayerNorm, computed in one call."""
    return F.layer_norm(x, norm.scale.shape, norm.scale, norm.shift, norm.eps)


def load_model(path: Path) -> tuple[CachedGPT, str]:
    """Returns the model in a file that `gpt2_conversion` wrote, in evaluation mode, and its title."""
    data = torch.load(path, mmap=True, weights_only=True)
    return CachedGPT(gpt_with(data["cfg"], data["weights"]), data["cfg"]).eval(), data["title"]


def gpt_with(cfg: dict[str, Any], weights: dict[str, Tensor]) -> GPTModel:
    """Returns a GPTModel of these weights, in evaluation mode."""
    with torch.device("meta"):  # allocates no memory; the weights replace these
        gpt = GPTModel(cfg)
    gpt.load_state_dict(weights, strict=False, assign=True)
    for block in gpt.trf_blocks:  # the masks are no weights
        length = cfg["context_length"]
        assert isinstance(block, TransformerBlock)
        block.att.mask = torch.triu(torch.ones(length, length, dtype=torch.bool), diagonal=1)
    return gpt.requires_grad_(False).eval()
