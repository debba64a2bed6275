"""Runs a model on growing texts and computes only the tokens that are new since the last call."""

import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from playground.host.cached_blocks import CachedBlocks
from playground.host.cached_gpt import CachedGPT
from playground.host.fast_llama import FastLlama
from reference.llama import KVCache, Llama

PREFILL = 256  # prompt tokens in one forward pass
MAX_STEP = 0.5  # seconds of a forward pass, because cancelling takes effect between passes


class CachedModel:
    """Keeps the keys and values of the last text, and reuses those of the beginning that the next text shares.

    `check` is called before every forward pass. If it raises, the call ends and the cache stays valid.
    """

    def __init__(self, model: Llama | FastLlama | CachedGPT | CachedBlocks) -> None:
        self.model: Any = model
        self.cache: KVCache = model.new_cache() if isinstance(model, FastLlama) else KVCache(model.cfg)
        self.ids: list[int] = []  # the tokens whose keys and values are in the cache
        self.prefill = PREFILL  # fewer on a slow machine

    def logits(self, ids: list[int], check: Callable[[], None]) -> Tensor:
        """Returns logits (V,) for the token after ids. Raises ValueError if ids are empty or too long."""
        if not ids:
            raise ValueError("a model needs at least one token to continue")
        shared = common_prefix(self.ids, ids[:-1])  # without the last token, whose logits must be computed
        self.cache.length = shared
        del self.ids[shared:]
        while len(self.ids) < len(ids):
            check()
            start = time.perf_counter()
            chunk = ids[len(self.ids) : len(self.ids) + self.prefill]
            logits = self.model(torch.tensor([chunk]), self.cache, last_only=True)
            self.ids += chunk
            if time.perf_counter() - start > MAX_STEP and self.prefill > 1:
                self.prefill //= 2
        return logits[0, -1]


def common_prefix(first: list[int], second: list[int]) -> int:
    """Returns the length of the longest common prefix."""
    shorter = min(len(first), len(second))
    if first[:shorter] == second[:shorter]:  # the usual case, much faster than a loop
        return shorter
    return next(i for i in range(shorter) if first[i] != second[i])
