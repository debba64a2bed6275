"""Probes for average_gradients and shard."""

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from exercises.kit import Int, fill, numbers, summarized_by

COUNTS = (4, 1, 3)


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(3, 4)
        self.frozen = nn.Linear(4, 4)
        self.second = nn.Linear(4, 2)
        fill(self)
        self.frozen.requires_grad_(False)

    def forward(self, x):
        return self.second(torch.tanh(self.frozen(self.first(x))))


def examples(count):
    return numbers(count, 3, seed="x"), (numbers(count, seed="y") > 0).long()


def replicas_after_backward(counts):
    """Replicas, each with the gradients of its part of the examples; those without examples have none."""
    x, y = examples(sum(counts))
    replicas = [Network() for _ in counts]
    for replica, inputs, targets in zip(replicas, x.split(list(counts)), y.split(list(counts)), strict=True):
        if len(inputs):
            cross_entropy(replica(inputs), targets).backward()
    return replicas


def gradients(module):
    return {name: None if p.grad is None else p.grad.clone() for name, p in module.named_parameters()}


def average(impl, counts):
    replicas = replicas_after_backward(counts)
    impl.average_gradients(replicas, list(counts))
    return [gradients(replica) for replica in replicas]


def averaged(impl):
    """The gradients of three replicas with different numbers of examples."""
    return average(impl, COUNTS)


def equal_counts(impl):
    """The gradients of two replicas with equal numbers of examples."""
    return average(impl, (3, 3))


def no_examples(impl):
    """The gradients of three replicas, one of which has no examples."""
    return average(impl, (3, 0, 2))


def any_counts(impl, first: Int[1, 9] = 2, second: Int[0, 9] = 5, third: Int[1, 9] = 1):
    """The gradients of three replicas."""
    return average(impl, (first, second, third))


def one_replica(impl):
    """The gradients of a single replica."""
    return average(impl, (5,))


def large_batch(impl):
    """The gradients of the first replica, and those of one model with all examples."""
    model = Network()
    x, y = examples(sum(COUNTS))
    cross_entropy(model(x), y).backward()
    return {"replica": average(impl, COUNTS)[0], "large": gradients(model)}


def own_tensors(impl):
    """The gradients of the second replica before and after those of the first are cleared in place, and whether the
    weights are as before."""
    replicas = replicas_after_backward(COUNTS)
    impl.average_gradients(replicas, list(COUNTS))
    before = gradients(replicas[1])
    for p in replicas[0].parameters():
        if p.grad is not None:
            p.grad.zero_()
    weights = {name: p.detach().clone() for name, p in replicas[1].named_parameters()}
    original = {name: p.detach().clone() for name, p in Network().named_parameters()}
    return {"before": before, "after": gradients(replicas[1]), "weights": weights, "original": original}


def average_by_name(impl):
    """The gradients with named arguments."""
    replicas = replicas_after_backward((1, 2))
    impl.average_gradients(counts=[1, 2], replicas=replicas)
    return [gradients(replica) for replica in replicas]


# shard


def shard_properties(data):
    """Properties of the shards of two epochs that hold for any shuffle."""
    indices, epochs = sorted(data["indices"]), data["epochs"]
    lists = all(isinstance(part, list) and float not in map(type, part) for parts in epochs for part in parts)
    if not lists:
        return {"lists": False}
    joined = [[index for part in parts for index in part] for parts in epochs]
    lengths = [sorted(len(part) for part in parts) for parts in epochs]
    return {
        "lists": True,
        "missing": len(set(indices) - set(joined[0])),
        "repeated": len(joined[0]) - len(set(joined[0])),
        "foreign": len(set(joined[0]) - set(indices)),
        "lengths": lengths[0],
        "in order": joined[0] == indices or all(part == sorted(part) for part in epochs[0]),
        "same order": epochs[0] == epochs[1],
        "same indices": [sorted(part) for part in epochs[0]] == [sorted(part) for part in epochs[1]],
        "repeatable": epochs[0] == data["again"],
    }


def all_shards(impl, count, world, epoch):
    indices = [100 + 3 * i for i in range(count)]
    return [impl.shard(indices, rank, world, epoch) for rank in range(world)]


@summarized_by(shard_properties)
def shards(impl, count=41, world=4):
    """The shards of two epochs, and those of the first again."""
    epochs = [all_shards(impl, count, world, epoch) for epoch in (0, 1)]
    return {"indices": [100 + 3 * i for i in range(count)], "epochs": epochs,
            "again": all_shards(impl, count, world, 0)}  # fmt: skip


def partition(data):
    """Whether each index is in one shard, and the lengths."""
    joined = sorted(index for part in data["shards"] for index in part)
    return {"complete": joined == data["indices"], "lengths": sorted(len(part) for part in data["shards"])}


@summarized_by(partition)
def any_shards(impl, count: Int[0, 30] = 10, world: Int[1, 8] = 3, epoch: Int[0, 50] = 7):
    """The shards of one epoch."""
    return {"indices": [100 + 3 * i for i in range(count)], "shards": all_shards(impl, count, world, epoch)}


@summarized_by(lambda data: {"equal": data[0] == data[1]})
def shard_by_name(impl):
    """A shard with named arguments, and without."""
    return [impl.shard(epoch=2, world=3, rank=1, indices=list(range(20))), impl.shard(list(range(20)), 1, 3, 2)]
