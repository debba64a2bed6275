"""Llama: the decoder of Touvron et al. 2023 (arXiv 2302.13971 and 2307.09288), as SmolLM2 uses it.

Against GPT-2 four things change: RMSNorm for LayerNorm, rotary positions for learned ones, SwiGLU for
GELU, and fewer key/value heads than query heads. There are no biases, and the output head is the embedding
table again. Letters in the shape comments: B batch, T new tokens, S tokens seen so far (the new ones
included), H query heads, G key/value heads, D features of one head, C = H·D features of one token.
"""

from dataclasses import dataclass

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
    """Divides each token by its root mean square; no mean is taken off (Zhang, Sennrich 2019, 1910.07467)."""

    def __init__(self, emb_dim: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        self.scale = nn.Parameter(torch.ones(emb_dim))

    def forward(self, x: Tensor) -> Tensor:
        # x / sqrt(mean(x²) + eps) * scale, in one call
        return F.rms_norm(x, self.scale.shape, self.scale, self.eps)


def rope_table(head_dim: int, context_length: int, base: float = 10_000.0) -> Tensor:
    """e^(i·m·θ_j) for every position m and pair j, with θ_j = base^(-2j/D): complex64 (context_length, D/2).

    Su et al. 2021, RoFormer (2104.09864), equation 15.
    """
    positions = torch.arange(context_length, dtype=torch.float64, device="cpu")
    pairs = torch.arange(0, head_dim, 2, dtype=torch.float64, device="cpu")  # 2j
    angles = torch.outer(positions, base ** (-pairs / head_dim))  # (context_length, D/2)
    return torch.polar(torch.ones_like(angles), angles).to(torch.complex64)


def rotate(x: Tensor, rotation: Tensor) -> Tensor:
    """Turns each pair of neighbouring features of x (B, heads, T, D) by its angle in rotation (T, D/2).

    A pair (x₀, x₁) read as the complex number x₀ + i·x₁ turns when it is multiplied by e^(i·angle). The dot
    product of two vectors turned so depends on the distance of their positions alone.
    """
    pairs = torch.view_as_complex(x.unflatten(-1, (-1, 2)))  # (B, heads, T, D/2)
    return torch.view_as_real(pairs * rotation).flatten(-2)  # (B, heads, T, D)


class KVCache:
    """The keys and values of the tokens seen so far, so that each token goes through the model only once.

    Room for the whole context is set aside at once, (layers, B, G, context, D) each for keys and values: the
    system hands the memory out only as it is written to. `length` is the number of tokens in the cache; to
    set it to a smaller number forgets the rest.
    """

    def __init__(self, cfg: LlamaConfig, batch: int = 1, device: torch.device | str = "cpu") -> None:
        shape = (cfg.n_layers, batch, cfg.n_kv_groups, cfg.context_length, cfg.head_dim)
        # a list of layers, because indexing a list is cheaper than indexing a tensor
        self.keys = list(torch.empty(shape, device=device))
        self.values = list(torch.empty(shape, device=device))
        self.length = 0

    def extend(self, layer: int, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Writes (B, G, T, D) keys and values behind the first `length`, and gives back all (B, G, S, D)."""
        end = self.length + keys.shape[2]
        self.keys[layer][:, :, self.length : end] = keys
        self.values[layer][:, :, self.length : end] = values
        return self.keys[layer][:, :, :end], self.values[layer][:, :, :end]


class GroupedQueryAttention(nn.Module):
    """Attention in which H/G query heads share each key/value head (Ainslie et al. 2023, 2305.13245)."""

    def __init__(self, cfg: LlamaConfig, layer: int) -> None:
        super().__init__()
        self.layer, self.groups, self.head_dim = layer, cfg.n_kv_groups, cfg.head_dim
        self.heads = cfg.n_heads
        # queries, keys and values in one matrix: one large product is faster than three small ones
        self.qkv = nn.Linear(cfg.emb_dim, (cfg.n_heads + 2 * cfg.n_kv_groups) * cfg.head_dim, bias=False)
        self.out_proj = nn.Linear(cfg.n_heads * cfg.head_dim, cfg.emb_dim, bias=False)

    def forward(self, x: Tensor, rotation: Tensor, mask: Tensor | None, cache: KVCache | None) -> Tensor:
        B, T, _ = x.shape
        qkv = self.qkv(x).view(B, T, -1, self.head_dim).transpose(1, 2)  # (B, H+2G, T, D)
        turned = rotate(qkv[:, : -self.groups], rotation)  # queries and keys carry positions, values do not
        queries, keys, values = turned[:, : self.heads], turned[:, self.heads :], qkv[:, -self.groups :]
        if cache is not None:
            keys, values = cache.extend(self.layer, keys, values)  # (B, G, S, D)
        # the H/G query heads of a group stand below each other as rows: keys and values need no copies
        queries = queries.reshape(B, self.groups, -1, self.head_dim)  # (B, G, H/G·T, D)
        context = F.scaled_dot_product_attention(queries, keys, values, attn_mask=mask)  # softmax(q·kᵀ/√D)·v
        context = context.reshape(B, self.heads, T, self.head_dim).transpose(1, 2).flatten(2)  # (B, T, C)
        return self.out_proj(context)


class SwiGLU(nn.Module):
    """A feed-forward layer: half of the hidden features gate the others (Shazeer 2020, 2002.05202)."""

    def __init__(self, cfg: LlamaConfig) -> None:
        super().__init__()
        self.gate_up = nn.Linear(cfg.emb_dim, 2 * cfg.hidden_dim, bias=False)
        self.down = nn.Linear(cfg.hidden_dim, cfg.emb_dim, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        gate, up = self.gate_up(x).chunk(2, dim=-1)  # (B, T, hidden) each
        return self.down(F.silu(gate) * up)


class Block(nn.Module):
    """Attention and feed-forward, each on the normalised stream and added back to it."""

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
    """Token ids (B, T) to logits (B, T, vocabulary)."""

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
        """Logits (B, T, vocabulary), or (B, 1, vocabulary) of the last token if `last_only`.

        With a cache, ids are the tokens that follow those in it, and join it. Raises ValueError if all
        together do not fit into the context.
        """
        T, start = ids.shape[1], cache.length if cache is not None else 0
        if start + T > self.cfg.context_length:
            raise ValueError(f"{start + T} tokens do not fit into the context of {self.cfg.context_length}")
        mask = None  # one new token may look at everything before it
        if T > 1:
            weight = self.out_head.weight
            later = torch.full((T, start + T), float("-inf"), dtype=weight.dtype, device=ids.device)
            # added to the scores: 0 where a token may look, -inf at what comes after it
            mask = later.triu(start + 1).repeat(self.cfg.n_heads // self.cfg.n_kv_groups, 1)  # (H/G·T, S)
        rotation = self.rotations[start : start + T]
        x = F.embedding(ids, self.out_head.weight)  # (B, T, C): tied, the head's rows are the embeddings
        for block in self.blocks:
            x = block(x, rotation, mask, cache)
        if cache is not None:
            cache.length += T
        if last_only:
            x = x[:, -1:]
        return self.out_head(self.final_norm(x))
