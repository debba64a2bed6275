import torch


def average_gradients(replicas, counts):
    """Gives all replicas the gradient of the mean loss over all examples, in place.

    replicas: modules with equal weights; each has the gradients of the mean loss over its own examples
    counts: their numbers of examples
    """
    raise NotImplementedError


def shard(indices, rank, world, epoch):
    """Returns the list of indices for process `rank` (0 to world - 1) in an epoch."""
    raise NotImplementedError
