"""Probes for LoRALayer."""

import torch

from exercises.kit import CommonProbes, Int, ProbeProblem, fill, gradients, numbers, summarized_by, tokens


def layer(impl, in_dim=5, out_dim=4, rank=2, alpha=3.0):
    """A layer with fixed weights, in evaluation mode."""
    module = fill(impl.LoRALayer(in_dim, out_dim, rank, alpha), "A", "B").eval()
    for name, shape in (("A", "(in_dim, rank)"), ("B", "(rank, out_dim)")):
        value = getattr(module, name)
        if isinstance(value, torch.Tensor) and not isinstance(value, torch.nn.Parameter):
            raise ProbeProblem(f"Your `{name}` is a plain tensor, which no optimizer finds; make it an nn.Parameter.")
        if not isinstance(value, torch.nn.Parameter):
            kind = type(value).__name__
            raise ProbeProblem(f"Your `{name}` is of the type {kind}; it should be an nn.Parameter of shape {shape}.")
    return module


def built(impl):
    """The shapes of A and B, and the number of trainable numbers."""
    layer(impl)  # checks that A and B exist
    module = impl.LoRALayer(6, 4, 3, 2.0)
    trainable = [p for p in module.parameters() if p.requires_grad]
    return {"A": list(module.A.shape), "B": list(module.B.shape), "trainable": sum(p.numel() for p in trainable)}


def properties(data):
    """Whether the initial A and B are zero, finite and random."""
    A, B = data["A"], data["B"]
    return {
        "A_zero": bool((A == 0).all()),
        "A_finite": bool(A.isfinite().all()),
        "A_columns_alike": bool(torch.allclose(A, A[:, :1].expand_as(A))),
        "A_of_two_layers_alike": bool(torch.equal(A, data["A_of_another_layer"])),
        "B_zero": bool((B == 0).all()),
        "output_zero": bool((data["output"] == 0).all()),
    }


@summarized_by(properties)
def start(impl):
    """The initial A and B, the A of a second layer, and the output for two vectors."""
    layer(impl)
    torch.set_deterministic_debug_mode("warn")  # torch.empty gives NaN, so that numbers that are never set are noticed
    try:
        module, other = impl.LoRALayer(6, 4, 3, 2.0), impl.LoRALayer(6, 4, 3, 2.0)
    finally:
        torch.set_deterministic_debug_mode("default")
    return {"A": module.A, "B": module.B, "A_of_another_layer": other.A, "output": module(tokens(2, 6))}


def output(impl, batch: Int[1, 5] = 5, in_dim: Int[1, 6] = 5, out_dim: Int[1, 6] = 4, rank=1, alpha: Int[1, 9] = 3):
    """The change for a batch of vectors."""
    return layer(impl, in_dim, out_dim, rank, alpha)(tokens(batch, in_dim))


def by_name(impl):
    """The change of a layer that is created with keyword arguments."""
    return fill(impl.LoRALayer(in_dim=5, out_dim=4, rank=1, alpha=3.0), "A", "B").eval()(tokens(3, 5))


def example(impl):
    """The example on the page."""
    module = layer(impl, 2, 2, 1, 2.0)
    with torch.no_grad():
        module.A.copy_(torch.tensor([[1.0], [0.0]]))
        module.B.copy_(torch.tensor([[0.5, -1.0]]))
    return module(torch.tensor([[1.0, 2.0]]))


def alphas(impl):
    """The change for different values of alpha."""
    return {alpha: layer(impl, alpha=alpha)(tokens(3, 5)) for alpha in (0.0, 0.5, 1.0, 2.0)}


def sequences(impl):
    """The change for a batch of sequences of vectors."""
    return layer(impl)(tokens(2, 3, 5))


def nonzero(by_name):
    """Whether there is a gradient that is not zero, by name."""
    return {name: value is not None and bool((value != 0).any()) for name, value in by_name.items()}


@summarized_by(nonzero)
def first_gradients(impl):
    """The gradients of A and B of a new layer."""
    module = impl.LoRALayer(6, 4, 3, 2.0)
    return gradients(module, (module(tokens(3, 6)) * numbers(3, 4, seed="loss")).sum())


def rank_one_layer(impl):
    """Creates a layer of rank 1, where alpha and alpha / rank are the same."""
    return layer(impl, rank=1)


common = CommonProbes(rank_one_layer, tokens(3, 5), tokens(2, 4, 5), tokens(1, 5))
