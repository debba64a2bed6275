"""The tied embedding and output head of a Llama model: in 8 bits if its file stores it as Q8_0, else in float32.

Q8_0 has a scale for each 32 numbers; PyTorch's kernel for 8-bit weights has one for each row and returns bfloat16. So
the logits of the next token come in two steps: the kernel computes all of them from rows that are rounded to one scale,
and the most likely ones are computed again, exactly.
"""

from __future__ import annotations

from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from reference.gguf_file import GGMLQuantizationType, GGUFFile
from reference.llama_fused import column_major

EMBEDDING = "token_embd.weight"
BLOCK = 32
CANDIDATES = 64  # the most likely tokens, whose logits are exact
CHUNK = 4096  # rows that are converted to float32 together


class FastHead(Protocol):
    """A matrix (V, C) that embeds ids and computes logits; everything but its storage is float32."""

    def embed(self, ids: Tensor) -> Tensor:
        """ids (T) -> (T, C)."""

    def logits(self, x: Tensor) -> Tensor:
        """x (T, C) -> logits (T, V)."""

    def next_logits(self, x: Tensor) -> Tensor:
        """x (C) -> logits (V), perhaps approximate where they are low."""


class FloatHead:
    """Computes all logits in float32."""

    def __init__(self, file: GGUFFile) -> None:
        self.weight = column_major(file.tensor(EMBEDDING))

    def embed(self, ids: Tensor) -> Tensor:
        return F.embedding(ids, self.weight)

    def logits(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight)

    def next_logits(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight)


class Int8Head:
    """Keeps the numbers of Q8_0, and computes with them as the module's docstring says."""

    def __init__(self, file: GGUFFile) -> None:
        info = file.tensors[EMBEDDING]
        rows, columns = info.shape
        blocks = file.bytes[info.offset : info.offset + info.size].view(rows, columns // BLOCK, BLOCK + 2)
        self.scales = blocks[..., :2].contiguous().view(torch.float16)  # (V, C / 32, 1)
        self.numbers = blocks[..., 2:].contiguous().view(torch.int8)  # (V, C / 32, 32)
        chunks = [_with_one_scale_a_row(self.embed(ids)) for ids in self._all_ids()]
        self.row_numbers, self.row_scales = (torch.cat(parts) for parts in zip(*chunks, strict=True))

    @staticmethod
    def fits(file: GGUFFile) -> bool:
        """Whether the file stores the matrix so."""
        info = file.tensors.get(EMBEDDING)
        return info is not None and info.kind == GGMLQuantizationType.Q8_0 and len(info.shape) == 2

    def embed(self, ids: Tensor) -> Tensor:
        return (self.numbers[ids] * self.scales[ids].float()).flatten(1)

    def logits(self, x: Tensor) -> Tensor:
        return torch.cat([F.linear(x, self.embed(ids)) for ids in self._all_ids()], dim=1)

    def next_logits(self, x: Tensor) -> Tensor:
        row = x.bfloat16()[None]
        logits: Tensor = torch.ops.aten._weight_int8pack_mm(row, self.row_numbers, self.row_scales)[0].float()
        best = logits.topk(min(CANDIDATES, len(logits)), sorted=False).indices
        logits[best] = self.embed(best) @ x
        return logits

    def _all_ids(self) -> tuple[Tensor, ...]:
        return torch.arange(len(self.numbers)).split(CHUNK)


def _with_one_scale_a_row(rows: Tensor) -> tuple[Tensor, Tensor]:
    """Rounds float32 rows (N, C) to int8 numbers (N, C) and bfloat16 scales (N)."""
    scales = (rows.abs().amax(dim=1) / 127).clamp_min(1e-12).bfloat16()
    numbers = (rows / scales.float()[:, None]).round().clamp(-127, 127).to(torch.int8)
    return numbers, scales
