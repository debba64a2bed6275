"""Safetensors files with a checksum: written completely or not at all, and checked when they are read.

The checksum, SHA-256 of the metadata and the tensors, stands in the metadata, so any reader of the format can read the
files too.
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

from reference.safetensors_file import LENGTH, SafetensorsError, read_safetensors, write_safetensors

CHECKSUM = "sha256"
PART = ".part"


class DamagedFile(Exception):
    """The file cannot be used; the message says why."""


def write_checked(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Replaces the file, and returns when the new one is on the disk. Raises OSError and leaves the old file."""
    try:
        write_safetensors(path, dict(tensors), {**metadata, CHECKSUM: _checksum(tensors, metadata)})
    except BaseException:
        with contextlib.suppress(OSError):
            path.with_name(path.name + PART).unlink()
        raise
    sync_folder(path.parent)


def read_checked(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Returns the tensors and the metadata of a file of `write_checked`. Raises DamagedFile."""
    try:
        tensors = read_safetensors(path)
        with path.open("rb") as file:
            metadata = json.loads(file.read(LENGTH.unpack(file.read(LENGTH.size))[0]))["__metadata__"]
        checksum = metadata.pop(CHECKSUM)
        is_whole = checksum == _checksum(tensors, metadata)
    except (SafetensorsError, OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise DamagedFile(f"{path.name} cannot be read: {error}") from error
    if not is_whole:
        raise DamagedFile(f"{path.name} is damaged: its checksum is wrong")
    return tensors, metadata


def sync_folder(folder: Path) -> None:
    """Makes a rename in the folder permanent, where the system can."""
    if os.name == "posix":
        with contextlib.suppress(OSError):
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def _checksum(tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> str:
    digest = hashlib.sha256(json.dumps(dict(metadata), sort_keys=True).encode())
    for name in sorted(tensors):
        data = tensors[name].detach().contiguous().view(-1)
        digest.update(f"{name} {data.dtype} {list(tensors[name].shape)}".encode())
        digest.update(data.view(torch.uint8).numpy().data if data.numel() else b"")
    return digest.hexdigest()
