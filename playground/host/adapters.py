"""Adapts the symbols of exercises to the part that the model uses: other constructors, other names of the weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from playground.host.adapters_beyond import gelu_experts, latent_attention, sliding_window, swiglu_experts
from playground.host.part_adapter import Adapter, Weights


def fused_attention(kind: Callable[..., nn.Module]) -> type[Adapter]:
    """PyTorchMultiHeadAttention as a MultiHeadAttention: one layer holds queries, keys and values."""

    class FusedAttention(Adapter):
        def __init__(
            self, d_in: int, d_out: int, context_length: int, dropout: float, num_heads: int, qkv_bias: bool = False
        ) -> None:
            super().__init__()
            self.inner = kind(d_in, d_out, num_heads, dropout, qkv_bias)

        def forward(self, x: Tensor) -> Any:
            return self.inner(x)

        def inner_weights(self, weights: Weights) -> Weights:
            names = ("W_query", "W_key", "W_value")
            return {
                **{f"proj.{end}": weights[f"out_proj.{end}"] for end in ("weight", "bias")},
                **{
                    f"qkv.{end}": torch.cat([weights[f"{name}.{end}"] for name in names])
                    for end in ("weight", "bias")
                    if f"W_query.{end}" in weights
                },
            }

        def part_weights(self) -> Weights:
            layers = dict(self.inner.named_parameters())
            names = ("W_query", "W_key", "W_value")
            return {
                f"{name}.{end}": rows
                for end in ("weight", "bias")
                if f"qkv.{end}" in layers
                for name, rows in zip(names, layers[f"qkv.{end}"].data.chunk(3), strict=True)
            }

    return FusedAttention


class _HeadList(nn.Module):
    """Single heads, one after the other, as MultiHeadAttentionWrapper has them."""

    def __init__(self, heads: list[nn.Module]) -> None:
        super().__init__()
        self.heads = nn.ModuleList(heads)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([head(x) for head in self.heads], dim=-1)


def attention_of_heads(make: Callable[[int, int, int, float, int, bool], nn.Module]) -> type[Adapter]:
    """A list of heads with an output layer, as a MultiHeadAttention. `make` takes d_out as the width of one head."""

    class AttentionOfHeads(Adapter):
        def __init__(
            self, d_in: int, d_out: int, context_length: int, dropout: float, num_heads: int, qkv_bias: bool = False
        ) -> None:
            super().__init__()
            self.num_heads = num_heads
            self.inner = make(d_in, d_out // num_heads, context_length, dropout, num_heads, qkv_bias)
            self.out_proj = nn.Linear(d_out, d_out)

        def forward(self, x: Tensor) -> Any:
            return self.out_proj(self.inner(x))

        def inner_weights(self, weights: Weights) -> Weights:
            return {
                f"heads.{head}.{name}": rows
                for name, weight in weights.items()
                if name.startswith("W_")
                for head, rows in enumerate(weight.chunk(self.num_heads))
            }

    return AttentionOfHeads


def attention_of_causal_heads(kind: Callable[..., nn.Module]) -> type[Adapter]:
    """CausalAttention once for each head."""
    return attention_of_heads(
        lambda d_in, d_out, context_length, dropout, num_heads, bias: _HeadList(
            [kind(d_in, d_out, context_length, dropout, bias) for _ in range(num_heads)]
        )
    )


def embedding_of_onehot(embed: Callable[[Tensor, Tensor], Tensor]) -> type[nn.Module]:
    """embed_onehot(ids, weight) as an InputEmbedding."""

    class OneHotEmbedding(nn.Module):
        def __init__(self, vocab_size: int, context_length: int, emb_dim: int) -> None:
            super().__init__()
            self.tok_emb = nn.Embedding(vocab_size, emb_dim)
            self.pos_emb = nn.Embedding(context_length, emb_dim)

        def forward(self, ids: Tensor) -> Tensor:
            positions = torch.arange(ids.shape[1])
            return embed(ids, self.tok_emb.weight) + embed(positions, self.pos_emb.weight)

    return OneHotEmbedding


def model_of_build_gpt(build: Callable[..., Any]) -> Callable[[dict[str, Any]], Any]:
    """build_gpt(cfg, text) as GPTModel(cfg): it gets a text of as many words as the vocabulary needs."""

    def make(cfg: dict[str, Any]) -> Any:
        words = " ".join(f"w{number}" for number in range(cfg["vocab_size"] - 2))  # and two special tokens
        model, _ = build({name: value for name, value in cfg.items() if name != "vocab_size"}, words)
        return model

    return make


def loss_of_cross_entropy(cross_entropy: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """cross_entropy(logits, targets) as calc_loss_batch(input_batch, target_batch, model, device)."""

    def calc_loss_batch(inputs: Tensor, targets: Tensor, model: Callable[[Tensor], Tensor], device: Any) -> Tensor:
        return cross_entropy(model(inputs.to(device)).flatten(0, 1), targets.to(device).flatten())

    return calc_loss_batch


# (part, exercise) -> the adapter of the exercise's symbol
ADAPTERS: dict[tuple[str, str], Callable[[Any], Any]] = {
    ("attention", "fused-sdpa"): fused_attention,
    ("attention", "mha-wrapper"): attention_of_heads,
    ("attention", "causal-attention"): attention_of_causal_heads,
    ("attention", "mla"): latent_attention,
    ("attention", "sliding-window"): sliding_window,
    ("feed-forward", "moe"): gelu_experts,
    ("swiglu", "moe"): swiglu_experts,
    ("embeddings", "onehot-embedding"): embedding_of_onehot,
    ("model", "gpt-from-parts"): model_of_build_gpt,
    ("loss", "cross-entropy"): loss_of_cross_entropy,
}
