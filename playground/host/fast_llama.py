"""Runs a Llama model with the quantized weights of its file, for generating text. `Llama` computes the same in float32.

Logits differ from those of float32 by at most TOLERANCE times the largest absolute logit, because a block's matrix
products have bfloat16 inputs and outputs.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from playground.host import int4_linear
from playground.host.fast_head import EMBEDDING, FastHead, FloatHead, Int8Head
from playground.host.fast_parts import (
    FastAttention,
    FastFeedForward,
    FastRMSNorm,
    PackedCache,
    Step,
    read_scale,
    require_shape,
)
from reference.gguf_file import GGUFFile
from reference.gguf_tokenizer import GGUFTokenizer
from reference.llama import Block, CachedAttention, Llama
from reference.llama_fused import FusedAttention, FusedRMSNorm
from reference.llama_gguf import load_llama_file, read_llama, refuse_unsupported
from reference.llama_layers import FeedForward, RMSNorm
from reference.rope import apply_rope

TOLERANCE = 0.05

Norm = Callable[[Tensor], Tensor]  # (T, C) -> (T, C), also a feed-forward network
Attention = Callable[[Tensor, Step], Tensor]


def load(file: GGUFFile | Path, exact: bool = False) -> tuple[Llama | FastLlama, GGUFTokenizer, str]:
    """Returns the model of a GGUF file, its tokenizer and its name. Raises OSError or GGUFError.

    The model is a FastLlama unless `exact` asks for float32 or PyTorch lacks the kernel.
    """
    file = GGUFFile(file) if isinstance(file, Path) else file
    if exact or not int4_linear.is_supported():
        loaded = load_llama_file(file)
        return loaded.model, loaded.tokenizer, loaded.name
    empty = read_llama(file)
    return FastLlama(empty.model, file), empty.tokenizer, empty.name


class FastLlama:
    """Computes what `model` computes, for one sequence, with weights from the file where a part is the reference's.

    Any other part of `model`, such as a learner's, is called as it is, with weights of its own.
    """

    def __init__(self, model: Llama, file: GGUFFile) -> None:
        """Raises GGUFError if a weight is missing or has a wrong shape."""
        refuse_unsupported(file)
        self.model, self.cfg, self.file = model, model.cfg, file
        # both features of a pair have the same angle, unless the tables are a learner's and wrong
        self.has_pairs = all(torch.equal(*table.chunk(2, dim=1)) for table in (model.cos, model.sin))
        require_shape(file, EMBEDDING, (self.cfg.vocab_size, self.cfg.emb_dim))
        self.head: FastHead = Int8Head(file) if Int8Head.fits(file) else FloatHead(file)
        self.final_norm = self._norm(model.final_norm, "output_norm")
        self.layers = [
            (
                self._norm(block.norm1, f"blk.{i}.attn_norm"),
                self._attention(block.att, i),
                self._norm(block.norm2, f"blk.{i}.ffn_norm"),
                self._feed_forward(block.ff, i),
            )
            for i, block in enumerate(cast(list[Block], model.blocks))
        ]

    def __call__(self, ids: Tensor, cache: PackedCache, last_only: bool = False) -> Tensor:
        """Token ids (1, T) that continue the cached ones -> logits (1, T, V), or (1, 1, V) if `last_only` is true.

        Raises ValueError if all tokens together exceed the context length.
        """
        T = ids.shape[1]
        if cache.length + T > self.cfg.context_length:
            raise ValueError(f"{cache.length + T} tokens exceed the context length of {self.cfg.context_length}")
        step = Step(self.cfg, cache, T, self.model.cos, self.model.sin)
        x = self.head.embed(ids[0])  # (T, C)
        for norm1, attention, norm2, feed_forward in self.layers:
            x = x + attention(norm1(x), step)
            x = x + feed_forward(norm2(x))
        cache.length += T
        if last_only:
            return self.head.next_logits(self.final_norm(x[-1:])[0])[None, None]
        return self.head.logits(self.final_norm(x))[None]

    def with_model(self, model: Llama) -> FastLlama:
        """Returns a FastLlama of a copy of `model` that has some other modules, and shares what it can."""
        other = copy.copy(self)
        other.__dict__.pop("exact", None)
        other.model = model
        other.has_pairs = all(torch.equal(*table.chunk(2, dim=1)) for table in (model.cos, model.sin))
        if model.final_norm is not self.model.final_norm:
            other.final_norm = other._norm(model.final_norm, "output_norm")
        other.layers = []
        blocks = cast(list[Block], self.model.blocks), cast(list[Block], model.blocks)
        for i, (layer, old, new) in enumerate(zip(self.layers, *blocks, strict=True)):
            norm1, attention, norm2, feed_forward = layer
            if new.norm1 is not old.norm1:
                norm1 = other._norm(new.norm1, f"blk.{i}.attn_norm")
            if new.att is not old.att or other.has_pairs != self.has_pairs:
                attention = other._attention(new.att, i)
            if new.norm2 is not old.norm2:
                norm2 = other._norm(new.norm2, f"blk.{i}.ffn_norm")
            if new.ff is not old.ff:
                feed_forward = other._feed_forward(new.ff, i)
            other.layers.append((norm1, attention, norm2, feed_forward))
        return other

    def new_cache(self) -> PackedCache:
        return PackedCache(self.cfg)

    @cached_property
    def exact(self) -> Llama:
        """The model in float32, made of the reference's parts; loaded on first use."""
        return load_llama_file(self.file).model

    def _norm(self, norm: nn.Module, name: str) -> Norm:
        if type(norm) in (RMSNorm, FusedRMSNorm):
            return FastRMSNorm(read_scale(self.file, self.cfg, name), self.cfg.norm_eps)
        return lambda x: norm(x[None])[0]

    def _attention(self, attention: nn.Module, layer: int) -> Attention:
        if type(attention) in (CachedAttention, FusedAttention):
            assert isinstance(attention, CachedAttention)
            is_pairwise = attention.rotate is apply_rope and self.has_pairs
            return FastAttention(self.cfg, layer, self.file, None if is_pairwise else attention.rotate)
        return lambda x, step: attention(x[None], step.cos, step.sin, step.mask, step.cache)[0]

    def _feed_forward(self, feed_forward: nn.Module, layer: int) -> Norm:
        if type(feed_forward) is FeedForward:
            return FastFeedForward(self.cfg, layer, self.file)
        return lambda x: feed_forward(x[None])[0]
