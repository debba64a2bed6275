"""Probes for group_advantages and grpo_loss."""

import torch

from exercises.kit import CommonProbes, Int, numbers


def logps(group, length, seed):
    """Returns log-probabilities of tokens, below 0, such that the ratios are below, in and above the clip range."""
    base = -numbers(group, length, seed="base").abs() - 1
    return base + numbers(group, length, seed=seed) * 0.4


def first_tokens(group, length, counts):
    """Returns a mask whose row r has `counts[r]` tokens, after one to three tokens of a prompt."""
    positions = torch.arange(length)
    starts = torch.arange(group)[:, None] % 3 + 1
    ends = starts + torch.tensor(counts)[:, None]
    return (positions >= starts) & (positions < ends)


def advantages_of(group):
    return numbers(group, seed="advantages").abs() * 1.5 + 0.1


def arguments(group=4, length=7, counts=None):
    mask = first_tokens(group, length, counts or [3] * group)
    return [logps(group, length, seed) for seed in ("new", "old", "ref")] + [advantages_of(group), mask]


def example_advantages(impl):
    """The worked example."""
    return impl.group_advantages(torch.tensor([1.0, 0.0, 0.0, 1.0]))


def advantages(impl, size: Int[2, 9] = 5):
    """Rewards that are no zeros and ones."""
    return impl.group_advantages(numbers(size, seed="rewards") * 3 + 2)


def equal_rewards(impl):
    """Groups in which all rewards are equal."""
    return {text: impl.group_advantages(torch.full((4,), value)) for text, value in (("0", 0.0), ("1", 1.0))}


def example_loss(impl):
    """The worked example."""
    new, old = torch.tensor([[-1.0, -0.5]]), torch.tensor([[-1.5, -0.2]])
    return impl.grpo_loss(new, old, old.clone(), torch.tensor([0.5]), torch.ones(1, 2, dtype=torch.bool))


def loss(impl, group: Int[1, 5] = 4, length: Int[6, 9] = 7, fifths: Int[1, 4] = 1):
    """Completions of equal length, and the gradient of the loss."""
    new, *others = arguments(group, length)
    new.requires_grad_()
    result = impl.grpo_loss(new, *others, clip=fifths / 5)
    return {"loss": result, "gradient": torch.autograd.grad(result, new)[0]}


def positive(impl):
    """Completions whose advantages are positive."""
    return impl.grpo_loss(*arguments())


def negative(impl, sign=-1.0):
    """Completions of which some or all have a negative advantage, and the loss with the larger product for these."""
    new, old, ref, values, mask = arguments()
    values = values * torch.tensor([-1.0, sign, -1.0, sign])
    ratio, a = (new - old).exp(), values[:, None]
    products = ratio * a, ratio.clamp(0.8, 1.2) * a
    larger = torch.where(a >= 0, torch.minimum(*products), torch.maximum(*products))
    return {
        "loss": impl.grpo_loss(new, old, ref, values, mask),
        "with the larger": -((larger * mask).sum(1) / mask.sum(1)).mean(),
    }


def uneven(impl):
    """Completions of different lengths, and the means of each alone."""
    new, old, ref, values, mask = arguments(4, 9, [5, 1, 2, 4])
    rows = [impl.grpo_loss(new[i : i + 1], old[i : i + 1], ref[i : i + 1], values[i : i + 1], mask[i : i + 1])
            for i in range(4)]  # fmt: skip
    return {"all": impl.grpo_loss(new, old, ref, values, mask), "alone": torch.stack([row.reshape(()) for row in rows]),
            "counts": mask.sum(dim=1)}  # fmt: skip


def outside(impl):
    """The loss with different numbers outside the mask."""
    new, old, ref, values, mask = arguments()
    changed = [x.masked_fill(~mask, -value) for x, value in ((new, 0.2), (old, 2.0), (ref, 5.0))]
    return {
        "as it is": impl.grpo_loss(new, old, ref, values, mask, beta=0.1),
        "changed": impl.grpo_loss(*changed, values, mask, beta=0.1),
    }


def only_kl(impl, beta=0.5):
    """The loss and its gradient for advantages of 0, where only the divergence counts."""
    new, old, ref, _, mask = arguments()
    new.requires_grad_()
    result = impl.grpo_loss(new, old, ref, torch.zeros(4), mask, beta=beta)
    gradient = torch.autograd.grad(result, new)[0] if result.requires_grad else torch.zeros_like(new)
    return {"loss": result, "gradient": gradient, "difference": ((new - ref) * mask).sum(1) / mask.sum(1)}


def same_model(impl):
    """The loss and its gradient where the trained model is the one that wrote the completions, and the reference."""
    new, _, _, values, mask = arguments()
    new.requires_grad_()
    result = impl.grpo_loss(new, new.detach(), new.detach(), values, mask, beta=0.1)
    gradient = torch.autograd.grad(result, new)[0] if result.requires_grad else None
    return {"loss": result, "gradient": gradient}


def constants(impl):
    """Which of the arguments get a gradient."""
    new, old, ref, values, mask = arguments()
    tensors = {"logps": new, "old_logps": old, "ref_logps": ref, "advantages": values}
    for tensor in tensors.values():
        tensor.requires_grad_()
    result = impl.grpo_loss(new, old, ref, values, mask, beta=0.1)
    if not result.requires_grad:
        return dict.fromkeys(tensors, False)
    result.backward()
    return {name: tensor.grad is not None and bool(tensor.grad.abs().sum() > 0) for name, tensor in tensors.items()}


def by_name(impl):
    """The arguments by name."""
    new, old, ref, values, mask = arguments()
    return impl.grpo_loss(logps=new, old_logps=old, ref_logps=ref, advantages=values, mask=mask, clip=0.1, beta=0.0)


def step(impl):
    """Returns the advantages and the loss of a step."""

    def call(new, old, ref, rewards, mask):
        values = impl.group_advantages(rewards)
        return [impl.grpo_loss(new, old, ref, values, mask, beta=0.1), values]

    return call


def inputs(group, length):
    new, old, ref, rewards, mask = arguments(group, length)
    return new, old, ref, rewards, mask


common = CommonProbes(step, inputs(3, 6), inputs(4, 7), inputs(2, 8), fixed=(1, 2, 3, 4), dtypes=("float64",))
