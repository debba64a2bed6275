"""Small functions that everything later stands on, each written out once (book, appendix A).

Shapes: N examples of C classes; "…" stands for any number of leading dimensions.
"""

from __future__ import annotations

import torch


def softmax(x: torch.Tensor, dim: int = -1) -> torch.Tensor:
    """Scores to probabilities along `dim`, for scores of any size. (…) -> (…). Book, section A.5."""
    largest = x.amax(dim=dim, keepdim=True)  # one for each row, so that it lines up with x
    shifted = x - largest  # at most 0, so exp cannot overflow; the result is the same
    exponentials = shifted.exp()
    total = exponentials.sum(dim=dim, keepdim=True)  # at least 1: the largest score gives exp(0)
    probabilities = exponentials / total
    return probabilities
