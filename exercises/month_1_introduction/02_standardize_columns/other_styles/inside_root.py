"""Standardizes column by column with sums, and adds eps inside the square root."""

import torch


def column(values, eps):
    n = len(values)
    total = 0
    for value in values:
        total = total + value
    differences = torch.stack([value - total / n for value in values])
    return differences * torch.rsqrt((differences * differences).sum() / n + eps)


def standardize(X, eps=1e-8):
    return torch.stack([column(X[:, j], eps) for j in range(X.shape[1])], dim=1)
