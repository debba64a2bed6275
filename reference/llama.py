"""The Llama architecture (Touvron et al., 2023, arXiv 2302.13971 and 2307.09288), as used by SmolLM2.

It differs from GPT-2 in four ways: RMSNorm replaces LayerNorm, rotary position embeddings replace learned ones,
SwiGLU replaces GELU, and there are fewer key-value heads than query heads. There are no biases, and the output head
shares its weight with the token embedding.

Shapes: batch size B, T new tokens, S tokens in total (cached and new), H query heads, G key-value heads, head
dimension D, embedding dimension C = H·D.
"""

from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn


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


class RMSNorm(nn.Module):
    """Divides each token's vector by its root mean square (Zhang and Sennrich, 2019, arXiv 1910.07467)."""

    def __init__(self, emb_dim: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        self.scale = nn.Parameter(torch.ones(emb_dim))

    def forward(self, x: Tensor) -> Tensor:
        # x / sqrt(mean(x²) + eps) * scale
        return F.rms_norm(x, self.scale.shape, self.scale, self.eps)


def rope_table(head_dim: int, context_length: int, base: float = 10_000.0) -> Tensor:
    """Returns e^(i·m·θ_j) for each position m and pair j, with θ_j = base^(-2j/D): complex64 (context_length, D/2).

    Su et al., 2021, RoFormer, arXiv 2104.09864, equation 15.
    """
    positions = torch.arange(context_length, dtype=torch.float64, device="cpu")
    pairs = torch.arange(0, head_dim, 2, dtype=torch.float64, device="cpu")  # 2j
    angles = torch.outer(positions, base ** (-pairs / head_dim))  # (context_length, D/2)
    return torch.polar(torch.ones_like(angles), angles).to(torch.complex64)


def rotate(x: Tensor, rotation: Tensor) -> Tensor:
    """Rotates each pair of adjacent features of x (B, heads, T, D) by the angles of rotation (T, D/2).

    A pair (x₀, x₁), read as the complex number x₀ + i·x₁, is rotated by a multiplication with e^(i·angle). The dot
    product of a rotated query and a rotated key depends only on the difference of their positions.
    """
    pairs = torch.view_as_complex(x.unflatten(-1, (-1, 2)))  # (B, heads, T, D/2)
    return torch.view_as_real(pairs * rotation).flatten(-2)  # (B, heads, T, D)


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


class GroupedQueryAttention(nn.Module):
    """Attention in which H/G query heads share each key-value head (Ainslie et al., 2023, arXiv 2305.13245)."""

    def __init__(self, cfg: LlamaConfig, layer: int) -> None:
        super().__init__()
        self.layer, self.groups, self.head_dim = layer, cfg.n_kv_groups, cfg.head_dim
        self.heads = cfg.n_heads
        # one matrix for queries, keys and values, because one large product is faster than three small ones
        self.qkv = nn.Linear(cfg.emb_dim, (cfg.n_heads + 2 * cfg.n_kv_groups) * cfg.head_dim, bias=False)
        self.out_proj = nn.Linear(cfg.n_heads * cfg.head_dim, cfg.emb_dim, bias=False)

    def forward(self, x: Tensor, rotation: Tensor, mask: Tensor | None, cache: KVCache | None) -> Tensor:
        B, T, _ = x.shape
        qkv = self.qkv(x).view(B, T, -1, self.head_dim).transpose(1, 2)  # (B, H+2G, T, D)
        rotated = rotate(qkv[:, : -self.groups], rotation)  # queries and keys, but not values
        queries, keys, values = rotated[:, : self.heads], rotated[:, self.heads :], qkv[:, -self.groups :]
        if cache is not None:
            keys, values = cache.extend(self.layer, keys, values)  # (B, G, S, D)
        # concatenates the H/G query heads of a group along T, which avoids repeating keys and values
        queries = queries.reshape(B, self.groups, -1, self.head_dim)  # (B, G, H/G·T, D)
        context = F.scaled_dot_product_attention(queries, keys, values, attn_mask=mask)  # softmax(q·kᵀ/√D)·v
        context = context.reshape(B, self.heads, T, self.head_dim).transpose(1, 2).flatten(2)  # (B, T, C)
        return self.out_proj(context)


class SwiGLU(nn.Module):
    """A feed-forward network with a gate: half of the hidden features scale the others.

    Shazeer, 2020, arXiv 2002.05202.
    """

    def __init__(self, cfg: LlamaConfig) -> None:
        super().__init__()
        self.gate_up = nn.Linear(cfg.emb_dim, 2 * cfg.hidden_dim, bias=False)
        self.down = nn.Linear(cfg.hidden_dim, cfg.emb_dim, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        gate, up = self.gate_up(x).chunk(2, dim=-1)  # (B, T, hidden) each
        return self.down(F.silu(gate) * up)


class Block(nn.Module):
    """A transformer block with pre-norm. (B, T, C) -> (B, T, C)."""

    def __init__(self, cfg: LlamaConfig, layer: int) -> None:
        super().__init__()
        self.norm1 = RMSNorm(cfg.emb_dim, cfg.norm_eps)
        self.att = GroupedQueryAttention(cfg, layer)
        self.norm2 = RMSNorm(cfg.emb_dim, cfg.norm_eps)
        self.ff = SwiGLU(cfg)

    def forward(self, x: Tensor, rotation: Tensor, mask: Tensor | None, cache: KVCache | None) -> Tensor:
        x = x + self.att(self.norm1(x), rotation, mask, cache)
        return x + self.ff(self.norm2(x))


class Llama(nn.Module):
    """A Llama model. Token ids (B, T) -> logits (B, T, V), where V is the vocabulary size."""

    rotations: Tensor  # (context_length, D/2)

    def __init__(self, cfg: LlamaConfig) -> None:
        super().__init__()
        self.cfg = cfg
        self.blocks = nn.ModuleList(Block(cfg, layer) for layer in range(cfg.n_layers))
        self.final_norm = RMSNorm(cfg.emb_dim, cfg.norm_eps)
        self.out_head = nn.Linear(cfg.emb_dim, cfg.vocab_size, bias=False)
        table = rope_table(cfg.head_dim, cfg.context_length, cfg.rope_base)
        self.register_buffer("rotations", table, persistent=False)

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
        rotation = self.rotations[start : start + T]
        x = F.embedding(ids, self.out_head.weight)  # (B, T, C); the embedding shares the head's weight
        for block in self.blocks:
            x = block(x, rotation, mask, cache)
        if cache is not None:
            cache.length += T
        if last_only:
            x = x[:, -1:]
        return self.out_head(self.final_norm(x))
