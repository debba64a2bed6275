"""Probes for MoEFeedForward."""

import torch
from torch import nn

from exercises.kit import CommonProbes, Int, change, fill, lookup, tokens

LISTS = ("fc1", "fc2", "fc3")
NEEDS = ("gate", *(f"{name}[0]" for name in LISTS))


def mixture(impl, emb_dim=6, hidden_dim=5, experts=4, k=2):
    """Returns a module with fixed weights."""
    cfg = {"emb_dim": emb_dim, "hidden_dim": hidden_dim, "num_experts": experts, "num_experts_per_tok": k}
    return fill(impl.MoEFeedForward(cfg), *NEEDS)


def output(
    impl,
    batch: Int[1, 3] = 2,
    length: Int[1, 6] = 5,
    k: Int[1, 3] = 2,
    more: Int[0, 3] = 2,
    emb_dim: Int[2, 8] = 6,
    hidden_dim: Int[1, 8] = 5,
):
    """The output for a batch, with k + more experts."""
    return mixture(impl, emb_dim, hidden_dim, k + more, k)(tokens(batch, length, emb_dim))


def one_expert_per_token(impl):
    """The output with k = 1: each weight is 1."""
    return mixture(impl, k=1)(tokens(2, 5, 6))


def all_experts(impl):
    """The output with k = E."""
    return mixture(impl, k=4)(tokens(2, 5, 6))


def equal_experts(impl):
    """The output of a module whose experts are all equal, and that of one of them: silu(fc1(x)) · fc2(x) by fc3."""
    module, x = mixture(impl), tokens(2, 5, 6)
    with torch.no_grad():
        for name in LISTS:
            for layer in getattr(module, name):
                layer.weight.copy_(getattr(module, name)[0].weight)
        first, second, third = (getattr(module, name)[0] for name in LISTS)
        return {"mixture": module(x), "expert": third(nn.functional.silu(first(x)) * second(x))}


def crowded(impl):
    """The output for tokens that all choose the same experts, eight of them."""
    x = tokens(1, 1, 6).expand(1, 8, 6) + 0.01 * tokens(1, 8, 6)
    return mixture(impl)(x.clone())


def perturbed(impl):
    """The outputs before and after a change of the last two tokens."""
    module, x = mixture(impl), tokens(2, 5, 6)
    return {"before": module(x), "after": module(change(x, since=3))}


def layers(impl):
    """The shape of each layer's weight, the number of experts, and the layers that have a bias."""
    module = mixture(impl)
    shapes = {name: list(lookup(module, name).weight.shape) for name in NEEDS}
    counts = {name: len(getattr(module, name)) for name in LISTS}
    return {"shapes": shapes, "counts": counts, "biases": [n for n in NEEDS if lookup(module, f"{n}.bias") is not None]}


def work(impl):
    """How many tokens each expert's fc1 gets in all, for ten tokens with k = 2 and four experts; [] if no call is
    seen."""
    module, seen = mixture(impl), []
    for layer in module.fc1:
        layer.register_forward_pre_hook(lambda layer, inputs: seen.append(inputs[0].numel() // 6))
    module(tokens(2, 5, 6))
    return seen


def new_tensors(impl):
    """The device of the output when tensors that are created without a device are on a second one. The data decide
    which tokens an expert gets, so the second device cannot run the whole forward."""
    module, x = mixture(impl), tokens(2, 5, 6)
    try:
        with torch.device("meta"):
            result = module(x)
    except (RuntimeError, NotImplementedError, IndexError) as error:
        return "meta" if "same device" in str(error) or "on different devices" in str(error) else "cpu"
    return result.device.type


common = CommonProbes(mixture, tokens(2, 6, 6), tokens(3, 7, 6), tokens(1, 3, 6), tokens(2, 1, 6))
