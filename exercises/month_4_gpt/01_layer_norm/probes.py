"""Probes for LayerNorm."""

import torch
from torch import nn

from exercises.kit import CommonProbes, Int, Ints, ProbeProblem, change, fill, tokens

NEEDS = ("scale", "shift")


def norm(impl, emb_dim=6):
    module = impl.LayerNorm(emb_dim)
    if isinstance(module, nn.LayerNorm):
        raise ProbeProblem(
            "Your LayerNorm inherits from nn.LayerNorm; it should be an nn.Module that computes the norm itself."
        )
    fill(module, *NEEDS)
    for name in NEEDS:
        parameter = getattr(module, name)
        if not isinstance(parameter, nn.Parameter):
            kind = type(parameter).__name__
            raise ProbeProblem(
                f"`{name}` is a {kind}; it should be an nn.Parameter, so that an optimizer can train it."
            )
        if parameter.shape != (emb_dim,):
            shape = tuple(parameter.shape)
            raise ProbeProblem(f"With emb_dim={emb_dim} your `{name}` has shape {shape}; it should be (emb_dim,).")
    return module


def output(impl, batch: Int[1, 3] = 2, length: Int[1, 5] = 4, emb_dim: Int[2, 8] = 6):
    """The output for a batch, with scale and shift set to other values than the initial ones."""
    return norm(impl, emb_dim)(tokens(batch, length, emb_dim) * 2 + 1)


def any_token(impl, token: Ints[2, 8, -1000, 1000] = (1, 2, 3, 4)):
    """The output for a token of any numbers."""
    return norm(impl, len(token))(torch.tensor([token], dtype=torch.float32))


def example(impl):
    """The example on the page."""
    return impl.LayerNorm(4)(torch.tensor([[1.0, 2.0, 3.0, 6.0]]))


def two_dimensions(impl):
    """The output for an input without a batch, (T, emb_dim)."""
    return norm(impl)(tokens(4, 6) * 2 + 1)


def by_name(impl):
    """The output with arguments passed by name."""
    return fill(impl.LayerNorm(emb_dim=6), *NEEDS)(x=tokens(2, 4, 6))


def fresh(impl):
    """The scale and the shift of a new module."""
    module = impl.LayerNorm(6)
    norm(impl)  # checks that both exist
    return {"scale": module.scale, "shift": module.shift}


def small(impl):
    """The output for numbers so small that eps matters."""
    return norm(impl)(tokens(2, 4, 6) * 1e-3)


def constant(impl):
    """The output for tokens with variance 0."""
    return norm(impl)(torch.full((1, 2, 6), 3.0))


def perturbed(impl):
    """The outputs before and after a change of the last two tokens."""
    module = norm(impl)
    x = tokens(2, 5, 6)
    return {"before": module(x), "after": module(change(x, since=3))}


common = CommonProbes(norm, tokens(2, 4, 6) * 2 + 1, tokens(3, 5, 6), tokens(1, 2, 6) * 7, tokens(4, 6))
