"""Linear layers whose weights stay in four bits, computed by PyTorch's own CPU kernel.

GGUF's Q4_1 and the kernel both store a number from 0 to 15 for each weight, and two more for each group of 32:

    Q4_1     weight = scale · number + minimum
    kernel   weight = scale · (number - 8) + zero,  so zero = minimum + 8 · scale

The numbers are taken over as they are. Scale, zero, input and output are bfloat16, which has 8 significant bits; the
sums are float32. So a result deviates from that of float32 by about 0.3 %.
"""

from __future__ import annotations

import sys

import torch
from torch import Tensor

from reference.gguf_file import GGMLQuantizationType, GGUFFile

KERNELS = ("_convert_weight_to_int4pack_for_cpu", "_weight_int4pack_mm_for_cpu", "_weight_int8pack_mm")
GROUP = 32  # weights with a scale and a zero of their own
ROWS = 16  # the kernel computes this many outputs together


def is_supported() -> bool:
    """Whether this build of PyTorch has the kernels in vector instructions; others are slower than float32."""
    if not all(hasattr(torch.ops.aten, name) for name in KERNELS) or sys.platform == "win32":
        return False
    return torch.backends.cpu.get_cpu_capability() in ("AVX2", "AVX512") and _is_correct()


def _is_correct() -> bool:
    """Computes a small product in both ways, in case that a different PyTorch packs the weights differently."""
    numbers = (torch.arange(2 * GROUP * ROWS).view(ROWS, 2 * GROUP) * 7 // 3 % 16).to(torch.uint8)
    scales, minima = torch.full((ROWS, 2), 0.25), torch.full((ROWS, 2), -1.5)
    x = torch.arange(2.0 * GROUP)[None] / GROUP
    expected = x @ (0.25 * numbers - 1.5).T
    try:
        return torch.allclose(Int4Linear(numbers, scales, minima)(x).float(), expected, rtol=0.02)
    except (RuntimeError, NotImplementedError):
        return False


class Int4Linear:
    """x (T, in) -> x · weightᵀ (T, out) in bfloat16, without bias."""

    def __init__(self, numbers: Tensor, scales: Tensor, minima: Tensor) -> None:
        """`numbers` (out, in) are uint8 from 0 to 15; `scales` and `minima` (out, in / 32) are float32."""
        self.weight = torch.ops.aten._convert_weight_to_int4pack_for_cpu(numbers.int(), 1)  # 1 has no meaning here
        zeros = minima + 8 * scales
        self.scales_and_zeros = torch.stack((scales, zeros), dim=-1).transpose(0, 1).bfloat16().contiguous()

    def __call__(self, x: Tensor) -> Tensor:
        result: Tensor = torch.ops.aten._weight_int4pack_mm_for_cpu(
            x.bfloat16(), self.weight, GROUP, self.scales_and_zeros
        )
        return result


def fits(file: GGUFFile, name: str) -> bool:
    """Whether the kernel can compute with the tensor of a file as it is stored."""
    info = file.tensors.get(name)
    if info is None or info.kind != GGMLQuantizationType.Q4_1 or len(info.shape) != 2:
        return False
    return info.shape[0] % ROWS == 0 and info.shape[1] % GROUP == 0


def read(file: GGUFFile, *names: str) -> Int4Linear:
    """Returns the matrices with these names, which `fits`, as one layer: their outputs follow each other."""
    parts = [_unpack(file, name) for name in names]
    return Int4Linear(*(torch.cat(tensors) for tensors in zip(*parts, strict=True)))


def _unpack(file: GGUFFile, name: str) -> tuple[Tensor, Tensor, Tensor]:
    """Returns numbers (out, in), scales and minima (out, in / 32) of a Q4_1 tensor."""
    info = file.tensors[name]
    rows, columns = info.shape
    blocks = file.bytes[info.offset : info.offset + info.size].view(-1, 20)
    scales, minima = blocks[:, :4].contiguous().view(torch.float16).float().view(rows, columns // GROUP, 2).unbind(-1)
    packed = blocks[:, 4:]
    numbers = torch.cat((packed & 15, packed >> 4), dim=1)  # the low four bits are weights 0 to 15 of the block
    return numbers.view(rows, columns), scales, minima
