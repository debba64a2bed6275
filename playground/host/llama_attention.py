"""Runs the learner's grouped-query attention, which knows no positions, inside a Llama, which rotates them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from playground.host.own_code import PartError

Rotate = Callable[[Tensor, Tensor, Tensor], Tensor]


class _RotatedLinear(nn.Linear):
    """W_query or W_key, whose outputs are rotated head by head. `holder` has the tables of the present call."""

    holder: OwnAttention

    def forward(self, x: Tensor) -> Tensor:
        holder = self.holder
        holder.rotated += 1
        heads = F.linear(x, self.weight, self.bias).unflatten(-1, (-1, holder.head_dim)).transpose(1, 2)
        return holder.rotate(heads, *holder.tables).transpose(1, 2).flatten(2)


class OwnAttention(nn.Module):
    """GroupedQueryAttention(x) as the attention of a Llama's block. (B, T, C) -> (B, T, C), for a whole text.

    The layers W_query and W_key rotate what they return. Raises PartError where the learner's code does not call them.
    """

    tables: tuple[Tensor, Tensor]

    def __init__(self, inner: nn.Module, head_dim: int, rotate: Rotate) -> None:
        super().__init__()
        self.inner, self.head_dim, self.rotate = inner, head_dim, rotate
        self.rotated = 0  # layers called
        for name in ("W_query", "W_key"):
            layer = getattr(inner, name, None)
            if type(layer) is not nn.Linear:
                raise PartError("grouped-attention", f"The {name} of your grouped-query attention is no nn.Linear.")
            layer.__class__ = _RotatedLinear
            object.__setattr__(layer, "holder", self)  # not as a submodule, which would be a circle

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Any, cache: Any) -> Any:
        self.tables, self.rotated = (cos, sin), 0
        output = self.inner(x)
        if self.rotated != 2:
            message = "Your grouped-query attention must call W_query(x) and W_key(x) once each, for RoPE to rotate."
            raise PartError("grouped-attention", message)
        return output
