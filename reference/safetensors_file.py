"""Reads safetensors files: the length of a JSON header, the header, and the bytes of the tensors.

Implements the format of the `safetensors` package (its README, section "Format"); numbers are little endian.
"""

import json
import math
import struct
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

KINDS = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16,
         "I64": torch.int64, "I32": torch.int32, "U8": torch.uint8, "BOOL": torch.bool}  # fmt: skip
LENGTH = struct.Struct("<Q")


class SafetensorsError(ValueError):
    """The file is not a safetensors file, is cut short, or has a tensor of an unsupported type."""


def read_safetensors(path: Path) -> dict[str, Tensor]:
    """Returns the tensors by name. They share a private memory map, whose pages are read on first use.

    Raises SafetensorsError if the file cannot be parsed, OSError if it cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        beginning = file.read(LENGTH.size)
        length = LENGTH.unpack(beginning)[0] if len(beginning) == LENGTH.size else size
        start = LENGTH.size + length  # of the tensors
        if start > size:
            raise SafetensorsError(f"{path.name} is cut short, or it is no safetensors file: its header is incomplete")
        text = file.read(length)
    try:
        header = json.loads(text)
        header.pop("__metadata__", None)
        ends = [start + entry["data_offsets"][1] for entry in header.values()]
        if ends and max(ends) > size:
            raise SafetensorsError(f"{path.name} is cut short: it has {size:,} of {max(ends):,} bytes")
        mapped = torch.from_file(str(path), shared=False, size=size, dtype=torch.uint8)
        return {name: _tensor(name, entry, mapped[start:]) for name, entry in header.items()}
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        if isinstance(error, SafetensorsError):
            raise
        raise SafetensorsError(f"{path.name} is no safetensors file that can be read: {error}") from error


def _tensor(name: str, entry: dict[str, Any], data: Tensor) -> Tensor:
    """Returns one tensor of the data that follow the header."""
    kind, shape, (begin, end) = KINDS.get(entry["dtype"]), entry["shape"], entry["data_offsets"]
    if kind is None:
        raise SafetensorsError(f"{name} has the type {entry['dtype']}, which cannot be read")
    if begin < 0 or end - begin != math.prod(shape) * kind.itemsize:
        raise SafetensorsError(f"{name} has {end - begin:,} bytes, which do not fit its shape {tuple(shape)}")
    part = data[begin:end]
    if part.storage_offset() % kind.itemsize:
        part = part.clone()  # numbers must be aligned in memory
    return part.view(kind).view(shape)
