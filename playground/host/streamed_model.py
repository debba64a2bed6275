"""The model that the learner's loop receives, which tells what the loop has chosen."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from playground.host.model_runners import Runner


class StreamedModel(nn.Module):
    """Maps ids (1, T) to logits (1, T, V) for a learner's loop.

    `on_ids` is called with the ids of every call before its logits are computed, and `on_logits` with the logits, so
    that the caller can tell which tokens the learner's code has chosen. With use_cache, the ids continue those of the
    calls since `reset_kv_cache`, as with the model of the exercise kv-cache.
    """

    def __init__(
        self,
        runner: Runner,
        on_ids: Callable[[list[int]], None],
        on_logits: Callable[[Tensor], None],
        check: Callable[[], None],
    ) -> None:
        super().__init__()
        self.model = runner.model
        self._runner, self._on_ids, self._on_logits, self._check = runner, on_ids, on_logits, check
        self._earlier: list[int] = []

    def reset_kv_cache(self) -> None:
        self._earlier = []

    def forward(self, ids: Tensor, use_cache: bool = False) -> Tensor:
        if ids.dim() != 2 or ids.shape[0] != 1:
            raise ValueError(f"the model was called with ids of shape {tuple(ids.shape)}; it expects (1, T)")
        row = ids[0].tolist()
        if use_cache:
            row = self._earlier = self._earlier + row
        self._on_ids(row)
        last = self._runner.logits(row, self._check)
        self._on_logits(last.clone())  # a copy, because the learner's code may write into the result
        # Generation reads only the last position, so the others repeat its logits without computation.
        return last.expand(1, ids.shape[1], -1)
