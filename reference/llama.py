"""The Llama architecture (Touvron et al., 2023, arXiv 2302.13971 and 2307.09288), as used by SmolLM2.

It differs from GPT-2 in four ways: RMSNorm replaces LayerNorm, rotary position embeddings replace learned ones,
SwiGLU replaces GELU, and there are fewer key-value heads than query heads. There are no biases, and the output head
shares its weight with the token embedding. The parts are those of the exercises rmsnorm-swiglu, rope and gqa; this file
adds a cache and assembles the model.

Shapes: batch size B, T new tokens, S tokens in total (cached and new), H query heads, G key-value heads, head
dimension D, embedding dimension C = H·D.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from reference.grouped_query_attention import GroupedQueryAttention
from reference.llama_layers import FeedForward, RMSNorm
from reference.rope import apply_rope, compute_rope_params

Rotate = Callable[[Tensor, Tensor, Tensor], Tensor]  # x (B, H, T, D), cos (T, D), sin (T, D) -> x (B, H, T, D)


@dataclass(frozen=True)
class LlamaConfig:
    vocab_size: int
    context_length: int
    emb_dim: int
    hidden_dim: int
    n_layers: int
    n_heads: int
    n_kv_groups: int
    rope_base: float = 10_000.0
    norm_eps: float = 1e-5

    @property
    def head_dim(self) -> int:
        return self.emb_dim // self.n_heads


class CacheSizes(Protocol):
    """The sizes of a model that determine those of its cache."""

    @property
    def n_layers(self) -> int: ...
    @property
    def n_kv_groups(self) -> int: ...
    @property
    def context_length(self) -> int: ...
    @property
    def head_dim(self) -> int: ...


class KVCache:
    """Stores the keys and values of earlier tokens, so that the model processes each token only once.

    Keys and values each have shape (layers, B, G, context, D). They are allocated for the whole context, but the
    operating system provides the memory only as it is written. `length` is the number of tokens in the cache; set
    it to a smaller number to discard the last tokens.
    """

    def __init__(self, cfg: CacheSizes, batch: int = 1, device: torch.device | str = "cpu") -> None:
        shape = (cfg.n_layers, batch, cfg.n_kv_groups, cfg.context_length, cfg.head_dim)
        # one tensor per layer, because indexing a list is faster than indexing a tensor
        self.keys = list(torch.empty(shape, device=device))
        self.values = list(torch.empty(shape, device=device))
        self.length = 0

    def extend(self, layer: int, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Appends keys and values (B, G, T, D) of a layer. Returns all of them, (B, G, S, D)."""
        end = self.length + keys.shape[2]
        self.keys[layer][:, :, self.length : end] = keys
        self.values[layer][:, :, self.length : end] = values
        return self.keys[layer][:, :, :end], self.values[layer][:, :, :end]


class CachedAttention(GroupedQueryAttention):
    """Grouped-query attention with rotary positions and a cache. (B, T, C) -> (B, T, C).

    `rotate` rotates queries and keys as `apply_rope` does, which another function can replace.
    """

    def __init__(self, cfg: LlamaConfig, layer: int) -> None:
        super().__init__(cfg.emb_dim, cfg.emb_dim, 0.0, cfg.n_heads, cfg.n_kv_groups)
        self.layer = layer
        self.rotate: Rotate = apply_rope

    def forward(  # type: ignore[override]  # positions, mask and cache are given for all blocks together
        self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor | None, cache: KVCache | None
    ) -> Tensor:
        B, T, _ = x.shape
        H, G, D = self.num_heads, self.num_kv_groups, self.head_dim
        queries, keys, values = self.rotated_heads(x, cos, sin)
        if cache is not None:
            keys, values = cache.extend(self.layer, keys, values)  # (B, G, S, D)
        # concatenates the H/G query heads of a group along T, which avoids repeating keys and values
        queries = queries.reshape(B, G, -1, D)  # (B, G, H/G·T, D)
        context = F.scaled_dot_product_attention(queries, keys, values, attn_mask=mask)  # softmax(q·kᵀ/√D)·v
        context = context.reshape(B, H, T, D).transpose(1, 2).flatten(2)  # (B, T, C)
        return self.out_proj(context)

    def rotated_heads(self, x: Tensor, cos: Tensor, sin: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Returns rotated queries (B, H, T, D), rotated keys (B, G, T, D) and values (B, G, T, D)."""
        B, T, _ = x.shape
        layers = (self.W_query, self.W_key, self.W_value)
        queries, keys, values = (layer(x).view(B, T, -1, self.head_dim).transpose(1, 2) for layer in layers)
        return self.rotate(queries, cos, sin), self.rotate(keys, cos, sin), values


class Block(nn.Module):
    """A transformer block with pre-norm. (B, T, C) -> (B, T, C)."""

    def __init__(self, cfg: LlamaConfig, layer: int) -> None:
        super().__init__()
        self.norm1 = RMSNorm(cfg.emb_dim, cfg.norm_eps)
        self.att = CachedAttention(cfg, layer)
        self.norm2 = RMSNorm(cfg.emb_dim, cfg.norm_eps)
        self.ff = FeedForward({"emb_dim": cfg.emb_dim, "hidden_dim": cfg.hidden_dim, "dtype": None})

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor | None, cache: KVCache | None) -> Tensor:
        x = x + self.att(self.norm1(x), cos, sin, mask, cache)
        return x + self.ff(self.norm2(x))


class Llama(nn.Module):
    """A Llama model. Token ids (B, T) -> logits (B, T, V), where V is the vocabulary size.

    `block` is the class of its blocks; a subclass can compute the same in a faster way.
    """

    cos: Tensor  # (context_length, D)
    sin: Tensor

    def __init__(self, cfg: LlamaConfig, block: type[Block] = Block) -> None:
        super().__init__()
        self.cfg = cfg
        self.blocks = nn.ModuleList(block(cfg, layer) for layer in range(cfg.n_layers))
        self.final_norm = RMSNorm(cfg.emb_dim, cfg.norm_eps)
        self.out_head = nn.Linear(cfg.emb_dim, cfg.vocab_size, bias=False)
        with torch.device("cpu"):  # also while the weights are created on the meta device
            cos, sin = compute_rope_params(cfg.head_dim, cfg.rope_base, cfg.context_length)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)

    def forward(self, ids: Tensor, cache: KVCache | None = None, last_only: bool = False) -> Tensor:
        """Returns logits (B, T, V), or (B, 1, V) for the last token if `last_only` is true.

        With a cache, `ids` continue the cached tokens and are added to the cache. Raises ValueError if all tokens
        together exceed the context length.
        """
        T, start = ids.shape[1], cache.length if cache is not None else 0
        if start + T > self.cfg.context_length:
            raise ValueError(f"{start + T} tokens exceed the context length of {self.cfg.context_length}")
        mask = None  # a single new token attends to all earlier tokens
        if T > 1:
            weight = self.out_head.weight
            minus_infinity = torch.full((T, start + T), float("-inf"), dtype=weight.dtype, device=ids.device)
            # added to the scores: -inf where the key comes after the query, otherwise 0
            mask = minus_infinity.triu(start + 1).repeat(self.cfg.n_heads // self.cfg.n_kv_groups, 1)  # (H/G·T, S)
        cos, sin = self.cos[start : start + T], self.sin[start : start + T]
        x = F.embedding(ids, self.out_head.weight)  # (B, T, C); the embedding shares the head's weight
        for block in self.blocks:
            x = block(x, cos, sin, mask, cache)
        if cache is not None:
            cache.length += T
        if last_only:
            x = x[:, -1:]
        return self.out_head(self.final_norm(x))
