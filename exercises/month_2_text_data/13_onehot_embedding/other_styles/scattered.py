"""Makes the one-hot rows by scattering ones into flat zeros."""

import torch
from torch import Tensor


def one_hot(ids: Tensor, size: int, like: Tensor) -> Tensor:
    return like.new_zeros(ids.numel(), size).scatter_(1, ids.reshape(-1, 1), 1)


def embed_onehot(ids: Tensor, weight: Tensor) -> Tensor:
    vocab_size, emb_dim = weight.shape
    return torch.matmul(one_hot(ids, vocab_size, weight), weight).view(*ids.shape, emb_dim)
