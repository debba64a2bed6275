"""Probes for MultiHeadAttention."""

from functools import partial

import torch

from exercises.kit import CommonProbes, Int, change, dropout_statistics, fill, lookup, summarized_by, tokens

NEEDS = ("W_query", "W_key", "W_value", "out_proj")


def attention(impl, d_in=6, d_out=8, context_length=5, dropout=0.0, num_heads=2, qkv_bias=False):
    module = impl.MultiHeadAttention(d_in, d_out, context_length, dropout, num_heads, qkv_bias)
    return fill(module, *NEEDS).eval()


def output(
    impl,
    batch: Int[1, 3] = 2,
    length: Int[1, 5] = 5,
    heads: Int[1, 4] = 2,
    head_dim: Int[1, 4] = 4,
    d_in: Int[1, 8] = 6,
):
    """The output for a batch, with heads of head_dim numbers."""
    module = attention(impl, d_in, heads * head_dim, 5, 0.0, heads)
    return module(tokens(batch, length, d_in))


def with_bias(impl, batch: Int[1, 3] = 2, length: Int[1, 5] = 5):
    """The output of a module with qkv_bias=True."""
    return attention(impl, qkv_bias=True)(tokens(batch, length, 6))


def by_name(impl):
    """The output of a module created with keyword arguments and the default qkv_bias."""
    module = impl.MultiHeadAttention(d_in=6, d_out=8, context_length=5, dropout=0.0, num_heads=4)
    return fill(module, *NEEDS).eval()(tokens(2, 5, 6))


def biases(impl):
    """Which layers have a bias, with qkv_bias=False and qkv_bias=True."""
    modules = {bias: fill(impl.MultiHeadAttention(6, 8, 5, 0.0, 2, bias), *NEEDS) for bias in (False, True)}
    return {bias: [lookup(module, f"{name}.bias") is not None for name in NEEDS] for bias, module in modules.items()}


def indivisible(impl):
    """Whether a num_heads that does not divide d_out raises an error."""
    impl.MultiHeadAttention(6, 8, 5, 0.0, 2)
    refused = {}
    for d_out, num_heads in ((6, 4), (7, 2), (4, 8)):
        try:
            impl.MultiHeadAttention(6, d_out, 5, 0.0, num_heads)
            refused[f"d_out={d_out}, num_heads={num_heads}"] = False
        except Exception:
            refused[f"d_out={d_out}, num_heads={num_heads}"] = True
    return refused


def perturbed(impl):
    """The outputs before and after a change of the last two tokens."""
    module = attention(impl)
    x = tokens(2, 5, 6)
    return {"before": module(x), "after": module(change(x, since=3))}


def heads_apart(impl):
    """How the merged heads change when the second head's values do, with out_proj as the identity."""
    module = attention(impl)
    with torch.no_grad():
        module.out_proj.weight.copy_(torch.eye(8))
        before = module(tokens(2, 5, 6)).clone()
        module.W_value.weight[4:] += 1.0
        return module(tokens(2, 5, 6)) - before


@summarized_by(partial(dropout_statistics, heads=2))
def dropped(impl):
    """The outputs for a single token with dropout=0.4, and the output without dropout."""
    module = attention(impl, dropout=0.4)
    x = tokens(1, 1, 6)
    with torch.no_grad():
        module.out_proj.weight.copy_(torch.eye(8))
        module.out_proj.bias.zero_()
        plain = attention(impl)
        plain.out_proj.load_state_dict(module.out_proj.state_dict())
        module.train()
        return {"training": [module(x.expand(250, 1, 6)) for _ in range(4)], "evaluation": plain(x)}


def in_evaluation(impl):
    """The outputs of a module with and of a module without dropout in evaluation mode."""
    x = tokens(2, 5, 6)
    return {"with": attention(impl, dropout=0.4)(x), "without": attention(impl)(x)}


def longer(impl):
    """Creates a module with context_length=7."""
    return attention(impl, context_length=7)


common = CommonProbes(longer, tokens(2, 3, 6), tokens(3, 5, 6), tokens(1, 7, 6), tokens(2, 1, 6))
