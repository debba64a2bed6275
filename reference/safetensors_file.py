"""Reads and writes safetensors files: the length of a JSON header, the header, and the bytes of the tensors.

Implements the format of the `safetensors` package (its README, section "Format"); numbers are little endian.
"""

import json
import math
import os
import struct
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

KINDS = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16,
         "I64": torch.int64, "I32": torch.int32, "U8": torch.uint8, "BOOL": torch.bool}  # fmt: skip
LENGTH = struct.Struct("<Q")
ALIGNMENT = 8  # the header ends at a multiple of this many bytes


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


def write_safetensors(path: Path, tensors: dict[str, Tensor], metadata: dict[str, str] | None = None) -> None:
    """Writes the tensors, complete or not at all. Raises OSError, or KeyError for a type that the format lacks."""
    names = {kind: name for name, kind in KINDS.items()}
    header: dict[str, Any] = {"__metadata__": metadata} if metadata else {}
    end = 0
    for name, tensor in tensors.items():
        begin, end = end, end + tensor.numel() * tensor.dtype.itemsize
        header[name] = {"dtype": names[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [begin, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % ALIGNMENT)
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as file:
        file.write(LENGTH.pack(len(text)) + text)
        for tensor in tensors.values():
            file.write(tensor.detach().contiguous().view(-1).view(torch.uint8).numpy().tobytes())
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)
