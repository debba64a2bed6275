"""Data parallelism: equal models on several processors, each with a part of the batch.

Li et al., 2020, arXiv 2006.15704 (PyTorch's DistributedDataParallel); book, section A.9.3.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn


def average_gradients(replicas: Sequence[nn.Module], counts: Sequence[int]) -> None:
    """Gives all replicas the gradient of the mean loss over all examples, in place.

    Each replica has the gradients of the mean loss over its own examples; `counts` are their numbers.
    """
    total = sum(counts)
    for same_parameters in zip(*(replica.parameters() for replica in replicas), strict=True):
        if all(parameter.grad is None for parameter in same_parameters):
            continue  # a frozen weight
        average = torch.zeros_like(same_parameters[0])
        for parameter, count in zip(same_parameters, counts, strict=True):
            if parameter.grad is not None:  # a replica without examples has none
                average += parameter.grad * (count / total)
        for parameter in same_parameters:
            parameter.grad = average.clone()


def shard(indices: Sequence[int], rank: int, world: int, epoch: int) -> list[int]:
    """Returns the indices for process `rank` of `world` processes, in an order that differs between epochs.

    In an epoch each index is in one shard, and the lengths of the shards differ by one at most.
    """
    generator = torch.Generator().manual_seed(epoch)  # the same in all processes; the global one stays as it is
    order = torch.randperm(len(indices), generator=generator).tolist()
    shuffled = [indices[position] for position in order]
    part = shuffled[rank::world]
    return part
