"""Joins all gradients of a replica in one vector, as communication libraries do; shuffles with random.Random."""

import random

import torch
from torch.nn.utils import vector_to_parameters


def average_gradients(replicas, counts):
    trained = [i for i, ps in enumerate(zip(*[r.parameters() for r in replicas], strict=True))
               if any(p.grad is not None for p in ps)]  # fmt: skip
    weights = [[list(r.parameters())[i] for i in trained] for r in replicas]
    total = sum(
        torch.cat([p.grad.flatten() for p in ps]) * n
        for ps, n in zip(weights, counts, strict=True)
        if n and ps[0].grad is not None
    )
    mean = total / sum(counts)
    for ps in weights:
        holders = [torch.empty_like(p) for p in ps]
        vector_to_parameters(mean.clone(), holders)
        for p, holder in zip(ps, holders, strict=True):
            p.grad = holder.clone()


def shard(indices, rank, world, epoch):
    order = list(indices)
    random.Random(1234 + epoch).shuffle(order)
    size, extra = divmod(len(order), world)
    start = rank * size + min(rank, extra)
    return order[start : start + size + (rank < extra)]
