"""Reads a GGUF file: a header of named values, a table of tensors, and the tensors' quantized data.

Laid out as the format's specification says (ggml's docs/gguf.md, version 2 and 3, little endian). The
`gguf` package names the types and dequantizes the rarer ones. The header is read here because that package's
reader makes an array of each of a vocabulary's 100,000 strings: three seconds against a tenth of one.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType, GGUFValueType
from gguf.quants import dequantize as gguf_dequantize
from torch import Tensor

MAGIC = b"GGUF"
ALIGNMENT = 32

SCALARS = {
    GGUFValueType.UINT8: struct.Struct("<B"),
    GGUFValueType.INT8: struct.Struct("<b"),
    GGUFValueType.UINT16: struct.Struct("<H"),
    GGUFValueType.INT16: struct.Struct("<h"),
    GGUFValueType.UINT32: struct.Struct("<I"),
    GGUFValueType.INT32: struct.Struct("<i"),
    GGUFValueType.UINT64: struct.Struct("<Q"),
    GGUFValueType.INT64: struct.Struct("<q"),
    GGUFValueType.FLOAT32: struct.Struct("<f"),
    GGUFValueType.FLOAT64: struct.Struct("<d"),
    GGUFValueType.BOOL: struct.Struct("<?"),
}
UINT64 = SCALARS[GGUFValueType.UINT64]


class GGUFError(ValueError):
    """The file is no GGUF file, ends too early, or uses a type that is not known here."""


@dataclass(frozen=True)
class TensorInfo:
    """One row of the tensor table: shape outermost first, offset in bytes from the start of the file."""

    shape: tuple[int, ...]
    kind: GGMLQuantizationType
    offset: int
    size: int


class GGUFFile:
    """The values and tensors of a GGUF file.

    `values` maps names such as "llama.block_count" to numbers, strings, booleans and lists; `tensor(name)`
    gives the float32 tensor. The data stays on disk until a tensor is asked for.
    Raises GGUFError if the file cannot be understood, OSError if it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        size = path.stat().st_size
        if size < 24:
            raise GGUFError(f"{path.name} is too short to be a GGUF file")
        # a private memory map: pages are read when they are used
        self.bytes = torch.from_file(str(path), shared=False, size=size, dtype=torch.uint8)
        header = _Header(self.bytes.numpy().data)
        try:
            self.values = header.values()
            self.tensors = header.tensors(self.values.get("general.alignment", ALIGNMENT))
        except (struct.error, ValueError, OverflowError, RecursionError, MemoryError) as error:
            raise GGUFError(f"{path.name} is not a GGUF file that can be read here: {error}") from error
        if any(info.offset + info.size > size for info in self.tensors.values()):
            raise GGUFError(f"{path.name} ends before its tensors do: it was not copied whole")

    def tensor(self, name: str) -> Tensor:
        """The tensor as float32, in the shape that the table gives. Raises GGUFError if there is none."""
        info = self.tensors.get(name)
        if info is None:
            raise GGUFError(f"the file has no tensor named {name}")
        data = self.bytes[info.offset : info.offset + info.size]
        return dequantize(data, info.kind).view(info.shape)


class _Header:
    """A cursor over the header: every method reads what stands at `at` and moves on."""

    def __init__(self, data: memoryview) -> None:
        self.data, self.at = data, 0

    def scalar(self, kind: GGUFValueType) -> Any:
        reader = SCALARS[kind]
        (value,) = reader.unpack_from(self.data, self.at)
        self.at += reader.size
        return value

    def kind(self) -> GGUFValueType:
        return GGUFValueType(self.scalar(GGUFValueType.UINT32))

    def string(self) -> str:
        # the hot path: a vocabulary and its merges are 100,000 strings
        (length,) = UINT64.unpack_from(self.data, self.at)
        start = self.at + 8
        self.at = start + length
        if self.at > len(self.data):
            raise ValueError("a text runs past the end of the file")
        return str(self.data[start : self.at], "utf-8")

    def value(self, kind: GGUFValueType) -> Any:
        if kind == GGUFValueType.STRING:
            return self.string()
        if kind != GGUFValueType.ARRAY:
            return self.scalar(kind)
        item = self.kind()
        count = self.scalar(GGUFValueType.UINT64)
        if item == GGUFValueType.STRING:
            return [self.string() for _ in range(count)]
        if item == GGUFValueType.ARRAY:
            return [self.value(item) for _ in range(count)]
        many = struct.Struct(f"<{count}{SCALARS[item].format[1:]}")
        values = many.unpack_from(self.data, self.at)
        self.at += many.size
        return list(values)

    def values(self) -> dict[str, Any]:
        if bytes(self.data[:4]) != MAGIC:
            raise ValueError("it does not begin with GGUF")
        self.at = 4
        version = self.scalar(GGUFValueType.UINT32)
        if version not in (2, 3):
            raise ValueError(f"version {version} is not 2 or 3")
        self.tensor_count = self.scalar(GGUFValueType.UINT64)
        count = self.scalar(GGUFValueType.UINT64)
        return {self.string(): self.value(self.kind()) for _ in range(count)}

    def tensors(self, alignment: int) -> dict[str, TensorInfo]:
        rows = []
        for _ in range(self.tensor_count):
            name = self.string()
            dims = [self.scalar(GGUFValueType.UINT64) for _ in range(self.scalar(GGUFValueType.UINT32))]
            kind = GGMLQuantizationType(self.scalar(GGUFValueType.UINT32))
            rows.append((name, tuple(reversed(dims)), kind, self.scalar(GGUFValueType.UINT64)))
        if type(alignment) is not int or alignment <= 0 or alignment % 8:
            raise ValueError(f"an alignment of {alignment!r}")
        if any(offset % alignment for *_, offset in rows):
            raise ValueError("a tensor that is not aligned")
        data = -(-self.at // alignment) * alignment  # the data begins at the next multiple of the alignment
        table = {}
        for name, shape, kind, offset in rows:
            block, block_bytes = GGML_QUANT_SIZES[kind]
            elements = 1
            for length in shape:
                elements *= length
            if elements % block:
                raise ValueError(f"{name} has {elements} weights, which are no whole blocks of {block}")
            table[name] = TensorInfo(shape, kind, data + offset, elements // block * block_bytes)
        return table


def q8_0(data: Tensor) -> Tensor:
    """Blocks of 34 bytes for 32 weights: a float16 scale, then 32 signed bytes. weight = scale · byte"""
    blocks = data.view(-1, 34)
    scale = blocks[:, :2].contiguous().view(torch.float16).float()  # (blocks, 1)
    return blocks[:, 2:].view(torch.int8) * scale


def q4_1(data: Tensor) -> Tensor:
    """Blocks of 20 bytes for 32 weights: float16 scale and minimum, then 16 bytes of two four-bit numbers.

    weight = scale · number + minimum; the low halves are weights 0 to 15, the high halves 16 to 31.
    """
    blocks = data.view(-1, 20)
    scale, minimum = blocks[:, :4].contiguous().view(torch.float16).float().split(1, dim=1)
    numbers = torch.empty(len(blocks), 32)
    numbers[:, :16] = blocks[:, 4:] & 15
    numbers[:, 16:] = blocks[:, 4:] >> 4
    return numbers.mul_(scale).add_(minimum)


DEQUANTIZERS: dict[GGMLQuantizationType, Callable[[Tensor], Tensor]] = {
    GGMLQuantizationType.F32: lambda data: data.view(torch.float32).clone(),
    GGMLQuantizationType.F16: lambda data: data.view(torch.float16).float(),
    GGMLQuantizationType.BF16: lambda data: data.view(torch.bfloat16).float(),
    GGMLQuantizationType.Q8_0: q8_0,
    GGMLQuantizationType.Q4_1: q4_1,
}


def dequantize(data: Tensor, kind: GGMLQuantizationType) -> Tensor:
    """Quantized bytes (uint8, 1-D) to float32 weights. Raises GGUFError for a type that gguf lacks too."""
    if kind in DEQUANTIZERS:
        return DEQUANTIZERS[kind](data)
    try:
        return torch.from_numpy(gguf_dequantize(data.numpy(), kind))
    except NotImplementedError as error:
        raise GGUFError(f"weights stored as {kind.name} cannot be read here") from error
