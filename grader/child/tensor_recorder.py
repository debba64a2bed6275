"""Records every tensor that the learner's code makes; the judge compares them with the reference's steps."""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

MAX_TENSORS, MAX_ELEMENTS = 3000, 2**15


def multiset(tensor: torch.Tensor) -> torch.Tensor | None:
    """Returns a tensor's sorted values as float32 (n,); None if it has none, too many, or no numbers: masks are written
    in many ways, and a reversed one has the same values."""
    if (
        tensor.dtype is torch.bool
        or tensor.device.type == "meta"
        or tensor.layout is not torch.strided
        or tensor.is_complex()
    ):
        return None
    if not 0 < tensor.numel() <= MAX_ELEMENTS:
        return None
    return tensor.detach().to(torch.float32).flatten().sort().values


class TensorRecorder(TorchDispatchMode):
    """While entered, keeps the multiset of every tensor that is made, each once."""

    def __init__(self) -> None:
        super().__init__()
        self.made: list[torch.Tensor] = []
        self._known: set[bytes] = set()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(result):
            if isinstance(leaf, torch.Tensor) and len(self.made) < MAX_TENSORS:
                self._record(leaf)
        return result

    def _record(self, tensor: torch.Tensor) -> None:
        values = multiset(tensor)
        if values is None:
            return
        key = values.numpy().tobytes()
        if key not in self._known:
            self._known.add(key)
            self.made.append(values)
