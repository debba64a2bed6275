"""Computes each score as a sum of products, by broadcasting."""

import torch


def scale_pixels(images: torch.Tensor) -> torch.Tensor:
    return images * (1 / 255)


def flatten_images(images: torch.Tensor) -> torch.Tensor:
    return torch.stack([torch.cat(list(image)) for image in images])


def linear(X: torch.Tensor, W: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return (X[:, None, :] * W[None, :, :]).sum(dim=-1) + b
