"""Probes for GroupedQueryAttention."""

from functools import partial

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from exercises.kit import CommonProbes, Int, change, dropout_statistics, fill, lookup, summarized_by, tokens

NEEDS = ("W_query", "W_key", "W_value", "out_proj")


def prepared(module):
    """Returns the module with fixed weights, without the bias of out_proj, in evaluation mode."""
    fill(module, *NEEDS)
    if lookup(module, "out_proj.bias") is not None:
        module.out_proj.bias = None  # the page leaves it free
    return module.eval()


def attention(impl, d_in=5, d_out=12, dropout=0.0, num_heads=6, num_kv_groups=2, dtype=None, qkv_bias=False):
    return prepared(impl.GroupedQueryAttention(d_in, d_out, dropout, num_heads, num_kv_groups, dtype, qkv_bias))


def output(
    impl,
    batch: Int[1, 3] = 2,
    length: Int[1, 6] = 5,
    groups: Int[1, 3] = 2,
    per_group: Int[1, 3] = 3,
    head_dim: Int[1, 4] = 2,
    d_in: Int[1, 8] = 5,
):
    """The output for a batch, with groups · per_group heads of head_dim numbers."""
    heads = groups * per_group
    return attention(impl, d_in, heads * head_dim, 0.0, heads, groups)(tokens(batch, length, d_in))


def all_heads(impl):
    """The output of a module with as many groups as heads."""
    return attention(impl, num_kv_groups=6)(tokens(2, 5, 5))


def one_group(impl):
    """The output of a module with one group for all heads."""
    return attention(impl, num_kv_groups=1)(tokens(2, 5, 5))


def with_bias(impl, batch: Int[1, 3] = 2, length: Int[1, 5] = 5):
    """The output of a module with qkv_bias=True."""
    return attention(impl, qkv_bias=True)(tokens(batch, length, 5))


def by_name(impl):
    """The output of a module created with keyword arguments and the default dtype and qkv_bias."""
    module = impl.GroupedQueryAttention(d_in=5, d_out=12, dropout=0.0, num_heads=6, num_kv_groups=3)
    return prepared(module)(tokens(2, 5, 5))


def layers(impl):
    """The shape of each layer's weight."""
    module = attention(impl)
    return {name: list(getattr(module, name).weight.shape) for name in NEEDS}


def biases(impl):
    """Which layers have a bias, with qkv_bias=False and qkv_bias=True."""
    modules = {bias: attention(impl, qkv_bias=bias) for bias in (False, True)}
    return {
        bias: {name: lookup(module, f"{name}.bias") is not None for name in NEEDS[:3]}
        for bias, module in modules.items()
    }


def dtypes(impl):
    """The dtypes of the layers' weights, by the argument dtype."""
    return {
        name: {layer: str(getattr(module, layer).weight.dtype).removeprefix("torch.") for layer in NEEDS}
        for name, module in (
            ("None", attention(impl)),
            ("float64", attention(impl, dtype=torch.float64)),
            ("bfloat16", attention(impl, dtype=torch.bfloat16)),
        )
    }


def indivisible(impl):
    """Whether numbers that do not divide raise an error."""
    impl.GroupedQueryAttention(5, 12, 0.0, 6, 2)
    refused = {}
    for d_out, num_heads, groups in ((12, 5, 1), (7, 2, 1), (12, 6, 4), (12, 6, 5), (12, 4, 3), (12, 2, 4)):
        try:
            impl.GroupedQueryAttention(5, d_out, 0.0, num_heads, groups)
            refused[f"d_out={d_out}, num_heads={num_heads}, num_kv_groups={groups}"] = False
        except Exception:
            refused[f"d_out={d_out}, num_heads={num_heads}, num_kv_groups={groups}"] = True
    return refused


def perturbed(impl):
    """The outputs before and after a change of the last two tokens."""
    x = tokens(2, 5, 5)
    return {"before": attention(impl)(x), "after": attention(impl)(change(x, since=3))}


class Operations(TorchDispatchMode):
    """While entered, counts the operations of torch."""

    number = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.number += 1
        return func(*args, **(kwargs or {}))


def limited(impl):
    """Whether it works for 6 tokens but not for 1,100, on a device without values, where these cost nothing."""
    module, numbers = attention(impl, num_heads=2, num_kv_groups=1).to("meta"), []
    try:
        for length in (3, 6):
            with Operations() as operations:
                module(torch.empty(1, length, 5, device="meta"))
            numbers.append(operations.number)
    except Exception:  # other checks say why
        return False
    if numbers[0] != numbers[1]:  # a loop over tokens would take minutes
        return False
    try:
        module(torch.empty(1, 1100, 5, device="meta"))
    except Exception:
        return True
    return False


def without_out_proj(impl, **arguments):
    """Returns a module whose out_proj is the identity, so that its output is the merged heads."""
    module = attention(impl, **arguments)
    with torch.no_grad():
        module.out_proj.weight.copy_(torch.eye(len(module.out_proj.weight)))
    return module


def groups_apart(impl):
    """How the merged heads change when the second group's values do."""
    plain, changed = without_out_proj(impl), without_out_proj(impl)
    with torch.no_grad():
        changed.W_value.weight[2:4] += 1.0
        return changed(tokens(2, 5, 5)) - plain(tokens(2, 5, 5))


@summarized_by(partial(dropout_statistics, heads=2))
def dropped(impl):
    """The outputs for a single token with dropout=0.4, and the output without dropout."""
    *modules, plain = (without_out_proj(impl, d_out=8, num_heads=2, num_kv_groups=1, dropout=rate)
                       for rate in (0.4, 0.4, 0.4, 0.4, 0.0))  # fmt: skip
    x = tokens(1, 1, 5)
    with torch.no_grad():
        return {"training": [each.train()(x.expand(250, 1, 5)) for each in modules], "evaluation": plain(x)}


def in_evaluation(impl):
    """The outputs of a module with and of a module without dropout in evaluation mode."""
    x = tokens(2, 5, 5)
    return {"with": attention(impl, dropout=0.4)(x), "without": attention(impl)(x)}


common = CommonProbes(attention, tokens(2, 3, 5), tokens(3, 5, 5), tokens(1, 7, 5), tokens(2, 1, 5))
