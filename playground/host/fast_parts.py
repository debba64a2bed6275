"""The parts of a Llama block in few, large steps, for one sequence: x is (T, C) instead of (B, T, C).

They compute what the parts in `reference/llama.py` compute, with the weights of a GGUF file as it stores them.

Shapes: T new tokens, S tokens in total, H query heads, G key-value heads, head dimension D, embedding dimension C = H·D
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from playground.host import int4_linear
from reference.gguf_file import GGUFError, GGUFFile
from reference.llama import KVCache, LlamaConfig, Rotate
from reference.llama_fused import column_major

Linear = Callable[[Tensor], Tensor]


class PackedCache(KVCache):
    """A KVCache for one sequence whose layers' keys and values share a tensor, so that one copy stores both."""

    def __init__(self, cfg: LlamaConfig) -> None:
        groups = cfg.n_kv_groups
        self.both = torch.empty(cfg.n_layers, 2 * groups, cfg.context_length, cfg.head_dim)
        self.keys = list(self.both[:, None, :groups])  # each (1, G, context, D)
        self.values = list(self.both[:, None, groups:])
        self.length = 0


class Step:
    """The tensors that all layers need for the same new tokens, computed once."""

    def __init__(self, cfg: LlamaConfig, cache: PackedCache, T: int, cos: Tensor, sin: Tensor) -> None:
        """`cos` and `sin` are the tables of all positions, (context, D)."""
        H, G, D = cfg.n_heads, cfg.n_kv_groups, cfg.head_dim
        start, end = cache.length, cache.length + T
        self.cache, self.cos, self.sin = cache, cos[start:end], sin[start:end]
        self.mask: Tensor | None = None  # (H/G·T, S); a single new token attends to all earlier tokens
        if T > 1:
            self.mask = torch.full((T, end), float("-inf")).triu(start + 1).repeat(H // G, 1)
        # e^(i·angle) of each pair of features of queries and keys, and 1 for values, which are not rotated
        self.rotation = torch.ones(T, H + 2 * G, D // 2, dtype=torch.complex64)
        self.rotation[:, : H + G] = torch.complex(self.cos[:, : D // 2], self.sin[:, : D // 2])[:, None]
        self.slots = cache.both[:, :, start:end].unbind(0)  # where each layer stores keys and values, (2G, T, D)
        self.keys = cache.both[:, None, :G, :end].unbind(0)  # (1, G, S, D)
        self.values = cache.both[:, None, G:, :end].unbind(0)


class FastRMSNorm:
    """x (T, C) in float32 -> (T, C). A single token takes three small steps instead of PyTorch's eight."""

    def __init__(self, scale: Tensor, eps: float) -> None:
        self.scale, self.eps = scale, eps
        self.shape, self.zeros = scale.shape, torch.zeros(1, len(scale))

    def __call__(self, x: Tensor) -> Tensor:
        if len(x) > 1:
            return F.rms_norm(x, self.shape, self.scale, self.eps)
        row = x[0]
        mean_square = float(row.dot(row)) / len(row)
        return torch.addcmul(self.zeros, x, self.scale, value=(mean_square + self.eps) ** -0.5)


class FastAttention:
    """Grouped-query attention with a cache. x (T, C) in float32 -> (T, C).

    GGUF stores the pairs of features that RoPE rotates side by side, so a rotation is a product of complex numbers.
    `rotate` replaces it; it receives the pairs as `apply_rope` does.
    """

    def __init__(self, cfg: LlamaConfig, layer: int, file: GGUFFile, rotate: Rotate | None = None) -> None:
        self.cfg, self.layer, self.rotate = cfg, layer, rotate
        C, kv = cfg.emb_dim, cfg.n_kv_groups * cfg.head_dim
        self.qkv = read_linear(
            file, C, {f"blk.{layer}.attn_q": C, f"blk.{layer}.attn_k": kv, f"blk.{layer}.attn_v": kv}
        )
        self.out_proj = read_linear(file, C, {f"blk.{layer}.attn_output": C})

    def __call__(self, x: Tensor, step: Step) -> Tensor:
        H, G, D = self.cfg.n_heads, self.cfg.n_kv_groups, self.cfg.head_dim
        T = len(x)
        pairs = self.qkv(x).float().view(T, H + 2 * G, D // 2, 2)
        heads = self._rotated(pairs, step).view(T, H + 2 * G, D).transpose(0, 1)  # H queries, G keys, G values
        step.slots[self.layer].copy_(heads[H:])
        # concatenates the H/G query heads of a group along T, which avoids repeating keys and values
        queries = heads[:H].reshape(1, G, -1, D)
        keys, values = step.keys[self.layer], step.values[self.layer]
        context = F.scaled_dot_product_attention(queries, keys, values, attn_mask=step.mask)
        return self.out_proj(context.reshape(H, T, D).transpose(0, 1).reshape(T, H * D))

    def _rotated(self, pairs: Tensor, step: Step) -> Tensor:
        if self.rotate is None:
            return torch.view_as_real(torch.view_as_complex(pairs) * step.rotation)
        rotating = pairs[:, : self.cfg.n_heads + self.cfg.n_kv_groups]  # queries and keys
        halves = rotating.transpose(2, 3).flatten(2).transpose(0, 1)[None]  # (1, H + G, T, D)
        rotated = self.rotate(halves, step.cos, step.sin)[0].transpose(0, 1)
        rotated = rotated.unflatten(2, (2, -1)).transpose(2, 3)
        return torch.cat((rotated, pairs[:, rotated.shape[1] :]), dim=1)


class FastFeedForward:
    """SwiGLU with one product for gate and up. x (T, C) in float32 -> (T, C)."""

    def __init__(self, cfg: LlamaConfig, layer: int, file: GGUFFile) -> None:
        C, hidden = cfg.emb_dim, cfg.hidden_dim
        self.gate_up = read_linear(file, C, {f"blk.{layer}.ffn_gate": hidden, f"blk.{layer}.ffn_up": hidden})
        self.down = read_linear(file, hidden, {f"blk.{layer}.ffn_down": C})

    def __call__(self, x: Tensor) -> Tensor:
        gate, up = self.gate_up(x).chunk(2, dim=-1)
        return self.down(F.silu(gate).mul_(up))


def read_scale(file: GGUFFile, cfg: LlamaConfig, name: str) -> Tensor:
    """Returns the scale of a norm, (C). Raises GGUFError if it is missing or has a wrong shape."""
    require_shape(file, f"{name}.weight", (cfg.emb_dim,))
    return file.tensor(f"{name}.weight")


def read_linear(file: GGUFFile, inputs: int, outputs: dict[str, int]) -> Linear:
    """Returns matrices of a file as one layer, in four bits if the file stores all of them so, else in float32.

    `outputs` are the rows of each. Raises GGUFError if one is missing or has a wrong shape.
    """
    names = [f"{name}.weight" for name in outputs]
    for name, rows in zip(names, outputs.values(), strict=True):
        require_shape(file, name, (rows, inputs))
    if all(int4_linear.fits(file, name) for name in names):
        return int4_linear.read(file, *names)
    weight = column_major(torch.cat([file.tensor(name) for name in names]))
    return lambda x: F.linear(x, weight)


def require_shape(file: GGUFFile, name: str, expected: tuple[int, ...]) -> None:
    """Raises GGUFError if the file has no such tensor, or one of a different shape."""
    info = file.tensors.get(name)
    if info is None:
        raise GGUFError(f"the file has no tensor named {name}")
    if info.shape != expected:
        raise GGUFError(f"{name.removesuffix('.weight')} has the shape {info.shape}; the model expects {expected}")
