"""Adapts the parts beyond the book: a window, a latent and experts, in models that were trained without them.

Each takes the weights that the model has. A window needs no others, a latent is computed from the weights of keys and
values, and every expert begins as the model's feed-forward network (Komatsuzaki et al., 2022, Sparse Upcycling, arXiv
2212.05055), so that with right code the experts' choice does not matter until they are trained.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from playground.host.part_adapter import Adapter, Weights

WINDOWS = 8  # of a context
EXPERTS, EXPERTS_PER_TOKEN = 4, 2
# gelu(z) is about z · sigmoid(1.702 z) (Hendrycks and Gimpel, 2016, arXiv 1606.08415)
STEEPNESS = 1.702


def sliding_window(kind: Callable[..., nn.Module]) -> type[Adapter]:
    """MultiHeadAttentionWithSWA as a MultiHeadAttention: a window of an eighth of the context, at least 2 tokens."""

    class SlidingWindow(Adapter):
        def __init__(
            self, d_in: int, d_out: int, context_length: int, dropout: float, num_heads: int, qkv_bias: bool = False
        ) -> None:
            super().__init__()
            window = max(2, context_length // WINDOWS)
            self.inner = kind(d_in, d_out, dropout, num_heads, qkv_bias, window)
            self.note = f"Your sliding-window attention sees {window} tokens of the {context_length} in the context."

        def forward(self, x: Tensor) -> Any:
            return self.inner(x)

        def inner_weights(self, weights: Weights) -> Weights:
            return weights

    return SlidingWindow


def latent_attention(kind: Callable[..., nn.Module]) -> type[Adapter]:
    """MultiHeadLatentAttention as a MultiHeadAttention: its latent is as long as a token's vector, so nothing is lost.

    The weights of keys and values, one above the other, are a matrix of rank d_in at most. Its singular value
    decomposition gives the up-projections and the down-projection, whose product it is.
    """

    class LatentAttention(Adapter):
        def __init__(
            self, d_in: int, d_out: int, context_length: int, dropout: float, num_heads: int, qkv_bias: bool = False
        ) -> None:
            super().__init__()
            self.inner = kind(d_in, d_out, dropout, num_heads, qkv_bias, d_in)

        def forward(self, x: Tensor) -> Any:
            return self.inner(x)

        def inner_weights(self, weights: Weights) -> Weights:
            left, sizes, right = torch.linalg.svd(
                torch.cat([weights["W_key.weight"], weights["W_value.weight"]]).double(), full_matrices=False
            )  # (2·d_out, d_in), (d_in,), (d_in, d_in)
            up, down = left * sizes.sqrt(), sizes.sqrt()[:, None] * right
            dtype = weights["W_key.weight"].dtype
            inner = {name: weight for name, weight in weights.items() if not name.startswith(("W_key", "W_value"))}
            inner["W_DKV.weight"] = down.to(dtype)
            inner["W_UK.weight"], inner["W_UV.weight"] = (half.contiguous() for half in up.to(dtype).chunk(2))
            if "W_key.bias" in weights:
                inner["W_DKV.bias"] = torch.zeros(len(down), dtype=dtype)
                inner["W_UK.bias"], inner["W_UV.bias"] = weights["W_key.bias"], weights["W_value.bias"]
            return inner

    return LatentAttention


def swiglu_experts(kind: Callable[..., nn.Module]) -> type[Adapter]:
    """MoEFeedForward as a SwiGLU FeedForward: all experts share its three weights."""

    class SwiGLUExperts(Adapter):
        def __init__(self, cfg: dict[str, Any]) -> None:
            super().__init__()
            self.emb_dim = cfg["emb_dim"]
            self.inner = kind({**cfg, "num_experts": EXPERTS, "num_experts_per_tok": EXPERTS_PER_TOKEN})

        def forward(self, x: Tensor) -> Any:
            return self.inner(x)

        def inner_weights(self, weights: Weights) -> Weights:
            return {"gate.weight": router_weight(self.emb_dim), **_copies(weights)}

    return SwiGLUExperts


def gelu_experts(kind: Callable[..., nn.Module]) -> type[Adapter]:
    """MoEFeedForward as a FeedForward with GELU and biases, which its experts do not have.

    Each token gets a number more, 1, which the biases multiply, and gelu(z) becomes silu(1.702 z) / 1.702: close, but
    not equal.
    """

    class GELUExperts(Adapter):
        note = "Your experts begin as the model's feed-forward network, with GELU(z) computed as z · sigmoid(1.702 z)."

        def __init__(self, cfg: dict[str, Any]) -> None:
            super().__init__()
            self.emb_dim = cfg["emb_dim"]
            sizes = {"emb_dim": self.emb_dim + 1, "hidden_dim": 4 * self.emb_dim + 1}
            self.inner = kind({**sizes, "num_experts": EXPERTS, "num_experts_per_tok": EXPERTS_PER_TOKEN})

        def forward(self, x: Tensor) -> Any:
            output = self.inner(torch.cat((x, torch.ones_like(x[..., :1])), dim=-1))
            return output[..., : self.emb_dim] if isinstance(output, Tensor) else output

        def inner_weights(self, weights: Weights) -> Weights:
            first, last = weights["layers.0.weight"], weights["layers.2.weight"]  # (4C, C), (C, 4C)
            hidden, width = first.shape
            fc1, fc2 = first.new_zeros(2, hidden + 1, width + 1)
            fc1[:-1] = STEEPNESS * torch.cat((first, weights["layers.0.bias"][:, None]), dim=1)
            fc2[:-1, -1] = 1 / STEEPNESS
            fc1[-1, -1] = 1.0  # the last hidden number is 1, which multiplies the second bias
            fc2[-1, -1] = 1 / nn.functional.silu(torch.tensor(1.0))
            fc3 = first.new_zeros(width + 1, hidden + 1)
            fc3[:-1] = torch.cat((last, weights["layers.2.bias"][:, None]), dim=1)
            return {
                "gate.weight": router_weight(width + 1).to(first.dtype),
                **_copies({"fc1.weight": fc1, "fc2.weight": fc2, "fc3.weight": fc3}),
            }

    return GELUExperts


def router_weight(emb_dim: int) -> Tensor:
    """Returns the weight of a router that sends tokens to different experts, (EXPERTS, emb_dim); always the same."""
    return torch.randn(EXPERTS, emb_dim, generator=torch.Generator().manual_seed(0)) * 0.02


def _copies(weights: Weights) -> Weights:
    """Returns the weights of one expert under the names of all experts: "fc1.weight" as "fc1.0.weight" and so on."""
    return {
        f"{layer}.{expert}.weight": weights[f"{layer}.weight"]
        for layer in ("fc1", "fc2", "fc3")
        for expert in range(EXPERTS)
    }
