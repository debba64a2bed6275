"""Collects the gradients by name; takes a random key for each index."""

import torch


@torch.no_grad()
def average_gradients(replicas, counts):
    shares = [count / sum(counts) for count in counts]
    for name, _ in replicas[0].named_parameters():
        tensors = [replica.get_parameter(name) for replica in replicas]
        found = [(share, p.grad) for share, p in zip(shares, tensors, strict=True) if p.grad is not None]
        if found:
            mean = torch.stack([share * gradient for share, gradient in found]).sum(0)
            for p in tensors:
                if p.grad is None:
                    p.grad = torch.zeros_like(p)
                p.grad.copy_(mean)
    return replicas


def shard(indices, rank, world, epoch):
    generator = torch.Generator()
    generator.manual_seed(31 * epoch + 7)
    keys = torch.rand(len(indices), generator=generator)
    return [indices[i] for place, i in enumerate(keys.argsort().tolist()) if place % world == rank]
