import torch


def dropout(x: torch.Tensor, p: float = 0.5, training: bool = True) -> torch.Tensor:
    if training and p > 0:
        keep = 1.0 - p
        return x * torch.bernoulli(torch.full_like(x, keep)).div(keep)
    return x
