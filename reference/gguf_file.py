"""Reads GGUF files: a header with metadata, a table of tensors, and the quantized data of the tensors.

Implements versions 2 and 3 of the format, little endian (specification: ggml's docs/gguf.md). The `gguf` package
defines the types and dequantizes the less common ones. Its reader is not used because it creates an array for each
of a vocabulary's 100,000 strings, which takes 3 seconds instead of 0.1.
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
    """The file is not a GGUF file, is truncated, or uses an unsupported type."""


@dataclass(frozen=True)
class TensorInfo:
    """An entry of the tensor table. The shape starts with the outermost axis; offset and size are in bytes."""

    shape: tuple[int, ...]
    kind: GGMLQuantizationType
    offset: int
    size: int


class GGUFFile:
    """The metadata and tensors of a GGUF file.

    `values` maps keys such as "llama.block_count" to numbers, strings, booleans and lists; `tensor(name)` returns
    a float32 tensor. Tensor data is read from disk on demand.
    Raises GGUFError if the file cannot be parsed, OSError if it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        size = path.stat().st_size
        if size < 24:
            raise GGUFError(f"{path.name} is too short to be a GGUF file")
        self.path = path
        # a private memory map, whose pages are read on first use
        self.bytes = torch.from_file(str(path), shared=False, size=size, dtype=torch.uint8)
        header = _Header(self.bytes.numpy().data)
        try:
            self.values = header.values()
            self.metadata_end = header.position  # the table of tensors begins here
            self.tensors = header.tensors(self.values.get("general.alignment", ALIGNMENT))
        except (struct.error, ValueError, OverflowError, RecursionError, MemoryError) as error:
            raise GGUFError(f"{path.name} is not a GGUF file that can be read: {error}") from error
        if any(info.offset + info.size > size for info in self.tensors.values()):
            raise GGUFError(f"{path.name} is truncated: it ends before the last tensor")

    def tensor(self, name: str) -> Tensor:
        """Returns the tensor as float32. Raises GGUFError if the file has no such tensor."""
        info = self.tensors.get(name)
        if info is None:
            raise GGUFError(f"the file has no tensor named {name}")
        data = self.bytes[info.offset : info.offset + info.size]
        return dequantize(data, info.kind).view(info.shape)


class _Header:
    """A cursor over the header: each method reads a value at `position` and advances it."""

    def __init__(self, data: memoryview) -> None:
        self.data, self.position = data, 0

    def scalar(self, kind: GGUFValueType) -> Any:
        reader = SCALARS[kind]
        (value,) = reader.unpack_from(self.data, self.position)
        self.position += reader.size
        return value

    def kind(self) -> GGUFValueType:
        return GGUFValueType(self.scalar(GGUFValueType.UINT32))

    def string(self) -> str:
        # called for about 100,000 strings of vocabulary and merges, so it avoids the overhead of scalar()
        (length,) = UINT64.unpack_from(self.data, self.position)
        start = self.position + 8
        self.position = start + length
        if self.position > len(self.data):
            raise ValueError("a string extends beyond the end of the file")
        return str(self.data[start : self.position], "utf-8")

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
        array = struct.Struct(f"<{count}{SCALARS[item].format[1:]}")
        values = array.unpack_from(self.data, self.position)
        self.position += array.size
        return list(values)

    def values(self) -> dict[str, Any]:
        if bytes(self.data[:4]) != MAGIC:
            raise ValueError("it does not start with GGUF")
        self.position = 4
        version = self.scalar(GGUFValueType.UINT32)
        if version not in (2, 3):
            raise ValueError(f"version {version} is not supported, only 2 and 3")
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
            raise ValueError(f"the alignment {alignment!r} is not a positive multiple of 8")
        if any(offset % alignment for *_, offset in rows):
            raise ValueError("a tensor is not aligned")
        data = -(-self.position // alignment) * alignment  # the next multiple of the alignment
        table = {}
        for name, shape, kind, offset in rows:
            block, block_bytes = GGML_QUANT_SIZES[kind]
            elements = 1
            for length in shape:
                elements *= length
            if elements % block:
                raise ValueError(f"{name} has {elements} weights, not a multiple of the block size {block}")
            table[name] = TensorInfo(shape, kind, data + offset, elements // block * block_bytes)
        return table


def q8_0(data: Tensor) -> Tensor:
    """Dequantizes Q8_0: blocks of a float16 scale and 32 int8 numbers. weight = scale · number."""
    blocks = data.view(-1, 34)
    scale = blocks[:, :2].contiguous().view(torch.float16).float()  # (blocks, 1)
    return blocks[:, 2:].view(torch.int8) * scale


def q4_1(data: Tensor) -> Tensor:
    """Dequantizes Q4_1: blocks of a float16 scale, a float16 minimum, and 32 four-bit numbers in 16 bytes.

    weight = scale · number + minimum. The low four bits hold weights 0 to 15, the high four bits 16 to 31.
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
    """Converts quantized bytes (uint8, 1-D) to float32 weights. Raises GGUFError for an unsupported type."""
    if kind in DEQUANTIZERS:
        return DEQUANTIZERS[kind](data)
    try:
        return torch.from_numpy(gguf_dequantize(data.numpy(), kind))
    except NotImplementedError as error:
        raise GGUFError(f"weights of type {kind.name} are not supported") from error
