"""Probes for RMSNorm and FeedForward."""

import torch
from torch import nn

from exercises.kit import CommonProbes, Int, ProbeProblem, change, fill, lookup, tokens

LAYERS = ("fc1", "fc2", "fc3")


def norm(impl, emb_dim=6, eps=1e-5):
    module = impl.RMSNorm(emb_dim, eps)
    if isinstance(module, nn.RMSNorm):
        raise ProbeProblem(
            "Your RMSNorm inherits from nn.RMSNorm; it should be an nn.Module that computes the norm itself."
        )
    fill(module, "scale")
    if not isinstance(module.scale, nn.Parameter):
        raise ProbeProblem(
            f"`scale` is a {type(module.scale).__name__}; it should be an nn.Parameter, so that an optimizer can "
            "train it."
        )
    if module.scale.shape != (emb_dim,):
        raise ProbeProblem(
            f"With emb_dim={emb_dim} your `scale` has shape {tuple(module.scale.shape)}; it should be (emb_dim,)."
        )
    return module


def feed_forward(impl, emb_dim=6, hidden_dim=10, dtype=torch.float32):
    return fill(impl.FeedForward({"emb_dim": emb_dim, "hidden_dim": hidden_dim, "dtype": dtype}), *LAYERS)


def norm_example(impl):
    """The first example on the page."""
    norm(impl)  # checks the names
    return impl.RMSNorm(4, 1e-8)(torch.tensor([[3.0, -4.0, 0.0, 0.0]]))


def norm_output(impl, batch: Int[1, 3] = 2, length: Int[1, 5] = 4, emb_dim: Int[1, 8] = 6):
    """The output of RMSNorm for a batch, with another scale than the initial one."""
    return norm(impl, emb_dim)(tokens(batch, length, emb_dim) * 2 + 1)


def norm_two_dimensions(impl):
    """The output of RMSNorm for an input without a batch, (T, emb_dim)."""
    return norm(impl)(tokens(4, 6) * 2 + 1)


def norm_fresh(impl):
    """The scale of a new RMSNorm."""
    norm(impl)
    return impl.RMSNorm(6).scale


def norm_small(impl, eps=1e-5):
    """The output of RMSNorm for numbers so small that eps matters."""
    return norm(impl, eps=eps)(tokens(2, 4, 6) * 1e-3)


def norm_zeros(impl):
    """The output of RMSNorm for tokens of zeros."""
    return norm(impl)(torch.zeros(1, 2, 6))


def by_name(impl):
    """The outputs of modules that are created with keyword arguments."""
    x = tokens(2, 4, 6) * 0.1
    feed_forward = fill(impl.FeedForward(cfg={"emb_dim": 6, "hidden_dim": 10, "dtype": torch.float32}), *LAYERS)
    return {"RMSNorm": impl.RMSNorm(emb_dim=6, eps=1e-3)(x), "FeedForward": feed_forward(x)}


def norm_perturbed(impl):
    """The outputs of RMSNorm before and after a change of the last two tokens."""
    module = norm(impl)
    x = tokens(2, 5, 6)
    return {"before": module(x), "after": module(change(x, since=3))}


def norm_half(impl):
    """The output of RMSNorm in float16 for numbers whose squares are too large for float16."""
    return norm(impl).to(torch.float16)((tokens(2, 4, 6) * 300).to(torch.float16))


def norm_mixed(impl):
    """The dtype of RMSNorm's output for a bfloat16 input and a float32 scale."""
    return str(norm(impl)(tokens(2, 4, 6).bfloat16()).dtype).removeprefix("torch.")


def swiglu_example(impl):
    """The second example on the page."""
    module = feed_forward(impl, 1, 1)
    with torch.no_grad():
        for name, value in zip(LAYERS, (1.0, 3.0, 10.0), strict=True):
            getattr(module, name).weight.fill_(value)
    return module(torch.tensor([[2.0]]))


def swiglu_output(
    impl, batch: Int[1, 3] = 2, length: Int[1, 5] = 4, emb_dim: Int[1, 8] = 6, hidden_dim: Int[1, 12] = 10
):
    """The output of FeedForward for a batch."""
    return feed_forward(impl, emb_dim, hidden_dim)(tokens(batch, length, emb_dim))


def swiglu_two_dimensions(impl):
    """The output of FeedForward for an input without a batch, (T, emb_dim)."""
    return feed_forward(impl)(tokens(4, 6))


def swiglu_layers(impl):
    """The shape of each layer's weight, and whether it has a bias."""
    module = feed_forward(impl)
    return {
        name: {"shape": list(getattr(module, name).weight.shape), "bias": lookup(module, f"{name}.bias") is not None}
        for name in LAYERS
    }


def swiglu_dtypes(impl):
    """The dtypes of the layers' weights for two values of cfg["dtype"]."""
    return {
        name: [
            str(getattr(feed_forward(impl, dtype=getattr(torch, name)), layer).weight.dtype).removeprefix("torch.")
            for layer in LAYERS
        ]
        for name in ("float64", "bfloat16")
    }


class Both(nn.Module):
    """Both modules side by side."""

    def __init__(self, impl):
        super().__init__()
        self.norm1, self.ff = norm(impl), feed_forward(impl)

    def forward(self, x):
        return {"RMSNorm": self.norm1(x), "FeedForward": self.ff(x)}


common = CommonProbes(Both, tokens(2, 4, 6) * 2 + 1, tokens(3, 5, 6), tokens(1, 2, 6) * 3, tokens(4, 6))
