"""Probes for PyTorchMultiHeadAttention."""

from functools import partial

import torch

from exercises.kit import (
    CommonProbes,
    Int,
    ProbeProblem,
    change,
    dropout_statistics,
    fill,
    lookup,
    summarized_by,
    tokens,
)


def attention(impl, d_in=6, d_out=8, num_heads=2, dropout=0.0, qkv_bias=False):
    return checked(impl.PyTorchMultiHeadAttention(d_in, d_out, num_heads, dropout, qkv_bias), d_in, d_out)


def checked(module, d_in, d_out):
    fill(module, "qkv", "proj", "qkv.weight", "proj.weight")
    for name, expected in (("qkv", (3 * d_out, d_in)), ("proj", (d_out, d_out))):
        shape = tuple(lookup(module, f"{name}.weight").shape)
        if shape != expected:
            raise ProbeProblem(
                f"With d_in={d_in} and d_out={d_out} the weight of `{name}` has shape {shape}; it should be {expected}."
            )
    return module.eval()


def output(
    impl,
    batch: Int[1, 3] = 2,
    length: Int[1, 6] = 5,
    heads: Int[1, 4] = 2,
    head_dim: Int[1, 4] = 4,
    d_in: Int[1, 8] = 6,
):
    """The output for a batch, with heads of head_dim numbers."""
    return attention(impl, d_in, heads * head_dim, heads)(tokens(batch, length, d_in))


def with_bias(impl, batch: Int[1, 3] = 2, length: Int[1, 5] = 5):
    """The output of a module with qkv_bias=True."""
    return attention(impl, qkv_bias=True)(tokens(batch, length, 6))


def by_name(impl):
    """The outputs of modules created with keyword arguments, without and with the optional ones."""
    with_defaults = impl.PyTorchMultiHeadAttention(d_in=6, d_out=8, num_heads=4)
    with_all = impl.PyTorchMultiHeadAttention(d_in=6, d_out=8, num_heads=4, dropout=0.0, qkv_bias=False)
    return [checked(module, 6, 8)(tokens(2, 5, 6)) for module in (with_defaults, with_all)]


def biases(impl):
    """Whether qkv and proj have a bias, with qkv_bias=False and qkv_bias=True."""
    modules = {bias: attention(impl, qkv_bias=bias) for bias in (False, True)}
    return {
        f"qkv_bias={bias}": {name: lookup(module, f"{name}.bias") is not None for name in ("qkv", "proj")}
        for bias, module in modules.items()
    }


def indivisible(impl):
    """Whether a num_heads that does not divide d_out raises an error."""
    impl.PyTorchMultiHeadAttention(6, 8, 2)
    refused = {}
    for d_out, num_heads in ((6, 4), (7, 2), (4, 8)):
        try:
            impl.PyTorchMultiHeadAttention(6, d_out, num_heads)
            refused[f"d_out={d_out}, num_heads={num_heads}"] = False
        except Exception:
            refused[f"d_out={d_out}, num_heads={num_heads}"] = True
    return refused


def perturbed(impl):
    """The outputs before and after a change of the last two tokens."""
    module = attention(impl)
    x = tokens(2, 5, 6)
    return {"before": module(x), "after": module(change(x, since=3))}


@summarized_by(partial(dropout_statistics, heads=2))
def dropped(impl):
    """The outputs for a single token with dropout=0.4, and the output without dropout."""
    module, plain = attention(impl, dropout=0.4), attention(impl)
    x = tokens(1, 1, 6)
    with torch.no_grad():
        for attention_module in (module, plain):
            attention_module.proj.weight.copy_(torch.eye(8))
            if attention_module.proj.bias is not None:
                attention_module.proj.bias.zero_()
        module.train()
        return {"training": [module(x.expand(250, 1, 6)) for _ in range(4)], "evaluation": plain(x)}


def in_evaluation(impl):
    """The outputs of a module with and of a module without dropout in evaluation mode, after training mode."""
    x = tokens(2, 5, 6)
    return {"with": attention(impl, dropout=0.4).train().eval()(x), "without": attention(impl)(x)}


common = CommonProbes(attention, tokens(2, 3, 6), tokens(3, 5, 6), tokens(1, 2, 6), tokens(2, 1, 6))
