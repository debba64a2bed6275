"""Probes for FeedForward."""

import torch

from exercises.kit import CommonProbes, Int, ProbeProblem, fill, lookup, tokens


def config(emb_dim):
    return {
        "vocab_size": 20, "context_length": 5, "emb_dim": emb_dim, "n_heads": 2, "n_layers": 2, "drop_rate": 0.5,
        "qkv_bias": False,
    }  # fmt: skip


def network(impl, emb_dim=6):
    """Returns a network with fixed weights, in evaluation mode."""
    module = fill(impl.FeedForward(config(emb_dim)), "layers[0]", "layers[2]").eval()
    for index, shape in ((0, (4 * emb_dim, emb_dim)), (2, (emb_dim, 4 * emb_dim))):
        linear = f"nn.Linear({shape[1]}, {shape[0]})"
        weight = lookup(module, f"layers[{index}].weight")
        if weight is None:
            kind = type(module.layers[index]).__name__
            raise ProbeProblem(f"With emb_dim={emb_dim} your `layers[{index}]` is {kind}; it should be {linear}.")
        if weight.shape != shape:
            raise ProbeProblem(
                f"With emb_dim={emb_dim} the weight of your `layers[{index}]` has shape {tuple(weight.shape)}; it "
                f"should be {shape}, that of {linear}."
            )
        if lookup(module, f"layers[{index}].bias") is None:
            raise ProbeProblem(f"Your `layers[{index}]` has no bias; it should be {linear}, which has one.")
    return module


def example(impl):
    """The example on the page."""
    module = network(impl, 1)
    with torch.no_grad():
        module.layers[0].weight.copy_(torch.tensor([[1.0], [-1.0], [2.0], [0.0]]))
        module.layers[0].bias.zero_()
        module.layers[2].weight.fill_(1.0)
        module.layers[2].bias.fill_(0.5)
    return module(torch.tensor([[[1.0]]]))


def output(impl, batch: Int[1, 3] = 2, length: Int[1, 5] = 4, emb_dim: Int[1, 8] = 6):
    """The output for a batch."""
    return network(impl, emb_dim)(tokens(batch, length, emb_dim))


def two_dimensions(impl):
    """The output for an input without a batch, (T, emb_dim)."""
    return network(impl)(tokens(4, 6))


def by_name(impl):
    """The output with arguments passed by name."""
    return fill(impl.FeedForward(cfg=config(6)), "layers[0]", "layers[2]").eval()(x=tokens(4, 6))


def in_training(impl):
    """The outputs in both modes; cfg["drop_rate"] is 0.5."""
    module = network(impl)
    x = tokens(8, 8, 6)
    return {"evaluation": module(x), "training": module.train()(x)}


common = CommonProbes(network, tokens(2, 4, 6), tokens(3, 5, 6), tokens(1, 2, 6), tokens(4, 6))
