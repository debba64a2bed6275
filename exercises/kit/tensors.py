"""Deterministic input tensors for probes: every process gets the same values for the same shape."""

from __future__ import annotations

import os
import zlib
from functools import lru_cache

import torch

# tests set it to repeat all checks with different weights and inputs
SALT = os.environ.get("FROMSCRATCH_SALT", "")


def numbers(*shape: int, seed: str | int = 0, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """Returns standard normal numbers; leaves the global generator unchanged."""
    return normal(shape, seed).to(dtype, copy=True)


@lru_cache(maxsize=512)
def normal(shape: tuple[int, ...], seed: str | int) -> torch.Tensor:
    """Returns standard normal numbers from a cache: callers must copy them before passing them on."""
    generator = torch.Generator().manual_seed(zlib.crc32(f"{SALT}{seed}:{shape}".encode()))
    return torch.randn(shape, generator=generator, dtype=torch.float32)


def tokens(*shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """Returns token vectors of shape (T, d) or (B, T, d)."""
    return numbers(*shape, seed="tokens", dtype=dtype)


def token_ids(*shape: int, vocab_size: int) -> torch.Tensor:
    """Returns uniformly distributed token ids, int64."""
    generator = torch.Generator().manual_seed(zlib.crc32(f"{SALT}ids:{shape}:{vocab_size}".encode()))
    return torch.randint(0, vocab_size, shape, generator=generator)


def change(x: torch.Tensor, since: int, dim: int = 1) -> torch.Tensor:
    """Returns a copy of x with different values at the positions from `since` on, along dim. Changed ids stay
    between 0 and the maximum of x."""
    changed = x.clone()
    part = changed.narrow(dim, since, x.shape[dim] - since)
    part.copy_(part * -1.5 + 0.7 if x.is_floating_point() else (part + 1) % (int(x.max()) + 1))
    return changed
