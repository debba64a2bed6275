"""Writes safetensors files completely or not at all, with a checksum, and reads them back checked.

The format is that of `reference.safetensors_file`. The checksum, SHA-256 of the tensors and the metadata, stands in the
header's metadata, so that other readers of the format can read the files too.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from reference.safetensors_file import KINDS, LENGTH, SafetensorsError, read_safetensors

CHECKSUM = "sha256"
NAMES = {kind: name for name, kind in KINDS.items()}
PART = ".part"


class DamagedFile(Exception):
    """The file cannot be used; the message says why."""


def write_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None) -> None:
    """Replaces the file atomically, and returns when it is on the disk. Raises OSError and leaves the old file."""
    header: dict[str, object] = {}
    parts, offset = [], 0
    for name, tensor in tensors.items():
        data = tensor.detach().cpu().contiguous()
        size = data.numel() * data.element_size()
        header[name] = {
            "dtype": NAMES[data.dtype], "shape": list(data.shape), "data_offsets": [offset, offset + size]
        }  # fmt: skip
        parts.append(data.reshape(-1).view(torch.uint8).numpy().data if size else b"")
        offset += size
    header["__metadata__"] = {**(metadata or {}), CHECKSUM: _checksum(metadata or {}, parts)}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)  # aligns the tensors
    replace_file(path, [LENGTH.pack(len(text)), text, *parts])


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Returns the tensors and the metadata of a file of `write_tensors`. Raises DamagedFile."""
    try:
        tensors = read_safetensors(path)
        with path.open("rb") as file:
            header = json.loads(file.read(LENGTH.unpack(file.read(LENGTH.size))[0]))
        metadata = header["__metadata__"]
        checksum = metadata.pop(CHECKSUM)
        order = sorted(tensors, key=lambda name: header[name]["data_offsets"])
        parts = [tensors[name].reshape(-1).view(torch.uint8).numpy().data for name in order]
    except (SafetensorsError, OSError, ValueError, KeyError, AttributeError) as error:
        raise DamagedFile(f"{path.name} cannot be read: {error}") from error
    if checksum != _checksum(metadata, parts):
        raise DamagedFile(f"{path.name} is damaged: its checksum is wrong")
    return tensors, metadata


def replace_file(path: Path, parts: list[bytes] | list[memoryview] | list[bytes | memoryview]) -> None:
    """Writes a file beside `path`, waits until it is on the disk, and renames it to `path`. Raises OSError."""
    temporary = path.with_name(path.name + PART)
    try:
        with temporary.open("wb") as file:
            for part in parts:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Makes a rename in the folder permanent, where the system can."""
    if os.name == "posix":
        with contextlib.suppress(OSError):
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def _checksum(metadata: Mapping[str, str], parts: list[memoryview] | list[bytes | memoryview]) -> str:
    digest = hashlib.sha256(json.dumps(dict(metadata), sort_keys=True).encode())
    for part in parts:
        digest.update(part)
    return digest.hexdigest()
