"""A model that is asked for whole texts and computes only what is new since it was last asked."""

import time
from collections.abc import Callable

import torch
from torch import Tensor, nn

from reference.llama import KVCache, Llama

PREFILL = 128  # tokens of a prompt that go through the model at once
PATIENCE = 0.25  # seconds between two looks at whether the user has cancelled


class CachedModel:
    """Keeps the keys and values of the last text; a text that begins as that one did goes on from there.

    `check` is called before every piece of work; what it raises ends the work and leaves the cache usable.
    """

    def __init__(self, model: Llama) -> None:
        self.model = model
        self.cache = KVCache(model.cfg)
        self.ids: list[int] = []  # the tokens whose keys and values are in the cache

    def logits(self, ids: list[int], check: Callable[[], None]) -> Tensor:
        """Logits (V,) for the token after ids. Raises ValueError if ids are none or too many."""
        if not ids:
            raise ValueError("a model needs at least one token to go on from")
        known = common_prefix(self.ids, ids[:-1])  # the last token always runs: its logits are wanted
        self.cache.length = known
        del self.ids[known:]
        size = PREFILL
        while len(self.ids) < len(ids):
            check()
            began = time.perf_counter()
            chunk = ids[len(self.ids) : len(self.ids) + size]
            logits = self.model(torch.tensor([chunk]), self.cache, last_only=True)
            self.ids += chunk
            if time.perf_counter() - began > PATIENCE and size > 1:
                size //= 2  # the further into a long text, the longer each token takes
        return logits[0, -1]


def common_prefix(first: list[int], second: list[int]) -> int:
    """How many tokens two texts have in common from the start."""
    shorter = min(len(first), len(second))
    if first[:shorter] == second[:shorter]:  # the usual case, and much faster than a loop
        return shorter
    return next(i for i in range(shorter) if first[i] != second[i])


class StreamedModel(nn.Module):
    """Stands for the model in the learner's own `generate`: ids (1, T) in, logits (1, T, V) out.

    `seen` is called with the ids of every call before its logits are computed, and `given` with the logits:
    whoever made this object learns from them which tokens the learner's code has chosen.
    """

    def __init__(
        self,
        cached: CachedModel,
        seen: Callable[[list[int]], None],
        given: Callable[[Tensor], None],
        check: Callable[[], None],
    ) -> None:
        super().__init__()
        self.model = cached.model
        self._cached, self._seen, self._given, self._check = cached, seen, given, check

    def forward(self, ids: Tensor) -> Tensor:
        if ids.dim() != 2 or ids.shape[0] != 1:
            raise ValueError(f"the model was called with ids of shape {tuple(ids.shape)}; (1, T) was expected")
        row = ids[0].tolist()
        self._seen(row)
        last = self._cached.logits(row, self._check)
        self._given(last.clone())  # a copy, because the learner's code may write into what it gets
        # generation reads the last position only, so the others show its logits too: no memory, no time
        return last.expand(1, len(row), -1)
