"""Probes for balance_loss."""

import torch

from exercises.kit import CommonProbes, Int, numbers


def router(tokens, experts, seed="router"):
    """Returns probabilities (tokens, experts), and chosen experts that are not always the most likely."""
    probabilities = (numbers(tokens, experts, seed=seed) * 1.5).softmax(dim=-1)
    return probabilities, (numbers(tokens, seed="chosen") * 100).long().abs() % experts


def example(impl):
    """The loss of the example on the page."""
    probabilities = torch.tensor([[0.9, 0.1], [0.8, 0.2], [0.6, 0.4], [0.3, 0.7]])
    return impl.balance_loss(probabilities, torch.tensor([0, 0, 0, 1]))


def loss(impl, tokens: Int[1, 12] = 10, experts: Int[1, 6] = 4):
    """The loss for random probabilities and choices."""
    return impl.balance_loss(*router(tokens, experts))


def by_name(impl):
    """The loss for keyword arguments."""
    probabilities, chosen = router(7, 3)
    return impl.balance_loss(router_probs=probabilities, chosen=chosen)


def idle(impl):
    """The loss where the last two of five experts get no token."""
    probabilities, chosen = router(8, 5)
    return impl.balance_loss(probabilities, chosen % 3)


def balanced(impl):
    """The losses of perfect balances, by the number of experts."""
    return {n: impl.balance_loss(torch.full((2 * n, n), 1 / n), torch.arange(2 * n) % n) for n in (2, 4, 8)}


def one_for_all(impl):
    """The losses where all tokens go to the last expert with probability 1, by the number of experts."""
    losses = {}
    for n in (2, 4, 8):
        probabilities = torch.zeros(6, n)
        probabilities[:, -1] = 1.0
        losses[n] = impl.balance_loss(probabilities, torch.full((6,), n - 1))
    return losses


def slope(impl):
    """The gradient of the loss for the probabilities of six tokens and three experts."""
    probabilities, chosen = router(6, 3)
    probabilities.requires_grad_()
    result = impl.balance_loss(probabilities, chosen)
    if not result.requires_grad:
        return None
    return torch.autograd.grad(result, probabilities)[0]


common = CommonProbes(
    lambda impl: impl.balance_loss, router(5, 4), router(8, 4), router(1, 3), router(6, 2), fixed=(1,)
)
