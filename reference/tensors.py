"""Tensor operations that everything else is made of (book, section A.2).

Shapes: N examples, H rows and W columns of pixels, F features, C classes.
"""

from __future__ import annotations

import torch


def scale_pixels(images: torch.Tensor) -> torch.Tensor:
    """Converts pixels from 0 to 255 to float32 numbers from 0 to 1. (N, H, W) -> (N, H, W)."""
    scaled = images / 255  # dividing integers gives float32
    return scaled


def flatten_images(images: torch.Tensor) -> torch.Tensor:
    """Puts the pixels of each image into a row, in order. (N, H, W) -> (N, H·W)."""
    flat = images.reshape(images.shape[0], -1)
    return flat


def linear(X: torch.Tensor, W: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Computes X Wᵀ + b, a linear layer. (N, F), (C, F), (C,) -> (N, C)."""
    scores = X @ W.T  # (N, C)
    shifted = scores + b  # b broadcasts over the rows
    return shifted
