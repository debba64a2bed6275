"""Probes for MultiHeadLatentAttention."""

from functools import partial

import torch
from torch import nn

from exercises.kit import CommonProbes, Int, change, dropout_statistics, fill, lookup, require, summarized_by, tokens

NEEDS = ("W_query", "W_DKV", "W_UK", "W_UV", "out_proj")


def attention(impl, d_in=5, d_out=8, dropout=0.0, num_heads=2, qkv_bias=False, latent=3):
    """Returns a module with fixed weights, without the bias of out_proj, in evaluation mode."""
    module = fill(impl.MultiHeadLatentAttention(d_in, d_out, dropout, num_heads, qkv_bias, latent), *NEEDS)
    require(module, "reset_cache")
    if lookup(module, "out_proj.bias") is not None:
        module.out_proj.bias = None  # the page leaves it free
    return module.eval()


def in_chunks(module, x, *sizes):
    """Returns the outputs of consecutive chunks of x, each computed with use_cache=True, side by side."""
    with torch.no_grad():
        return torch.cat([module(chunk, use_cache=True) for chunk in x.split(list(sizes), dim=1)], dim=1)


def output(
    impl,
    batch: Int[1, 3] = 2,
    length: Int[1, 8] = 6,
    latent: Int[1, 9] = 3,
    heads: Int[1, 3] = 2,
    head_dim: Int[1, 4] = 4,
    d_in: Int[1, 8] = 5,
):
    """The output without a cache."""
    return attention(impl, d_in, heads * head_dim, num_heads=heads, latent=latent)(tokens(batch, length, d_in))


def by_name(impl):
    """The output of a module created with keyword arguments."""
    module = impl.MultiHeadLatentAttention(d_in=5, d_out=8, dropout=0.0, num_heads=2, qkv_bias=True, latent_dim=4)
    fill(module, *NEEDS)
    if lookup(module, "out_proj.bias") is not None:
        module.out_proj.bias = None
    return module.eval()(tokens(2, 6, 5))


def layers(impl):
    """The shape of each layer's weight, and the latent's default size for two values of d_out."""
    shapes = {name: list(getattr(attention(impl), name).weight.shape) for name in NEEDS}
    defaults = {}
    for d_out in (8, 160):
        module = impl.MultiHeadLatentAttention(5, d_out, 0.0, 2)
        require(module, *NEEDS)
        defaults[d_out] = module.W_DKV.weight.shape[0]
    return {"shapes": shapes, "defaults": defaults}


def perturbed(impl):
    """The outputs before and after a change of the last two tokens."""
    x = tokens(2, 5, 5)
    return {"before": attention(impl)(x), "after": attention(impl)(change(x, since=3))}


def one_by_one(impl):
    """The outputs for seven tokens, three of them together and the others one at a time, with a cache."""
    return in_chunks(attention(impl), tokens(2, 7, 5), 3, 1, 1, 1, 1)


def chunks(
    impl, first: Int[1, 4] = 3, second: Int[1, 4] = 2, third: Int[1, 3] = 2, latent: Int[1, 7] = 3, batch: Int[1, 3] = 2
):
    """The outputs of three chunks, with a cache."""
    x = tokens(batch, first + second + third, 5)
    return in_chunks(attention(impl, latent=latent, qkv_bias=True), x, first, second, third)


def kept_numbers(value, weights):
    """Returns how many floating-point numbers of a batch of two are in tensors within a value."""
    if isinstance(value, torch.Tensor):
        return value.numel() if value.is_floating_point() and id(value) not in weights else 0
    if isinstance(value, dict):
        return sum(kept_numbers(item, weights) for item in value.values())
    if isinstance(value, list | tuple | set):
        return sum(kept_numbers(item, weights) for item in value)
    if isinstance(value, nn.Module):
        return kept_numbers({**value.__dict__, "_parameters": {}}, weights)
    return kept_numbers(vars(value), weights) if hasattr(value, "__dict__") and not callable(value) else 0


def size_of_cache(impl):
    """How many more numbers the module holds than when it was new: after 3, 4 and 7 tokens of two sequences."""
    module, sizes, x = attention(impl), [], tokens(2, 7, 5)
    weights = {id(weight) for weight in module.parameters()}
    before = kept_numbers(module, weights)
    for start, end in ((0, 3), (3, 4), (4, 7)):
        in_chunks(module, x[:, start:end], end - start)
        sizes.append(kept_numbers(module, weights) - before)
    return sizes


def after_cache(impl):
    """Outputs without a cache before and after calls with one."""
    module, x = attention(impl), tokens(2, 5, 5)
    before = module(x).detach()
    in_chunks(module, tokens(2, 6, 5) + 1, 4, 2)
    return {"before": before, "after": module(x).detach(), "by name": module(x, use_cache=False).detach()}


def after_reset(impl):
    """Outputs of three sequences with the cache of a new module, and of one reset after calls with two sequences."""
    used, x = attention(impl), tokens(3, 4, 5)
    in_chunks(used, tokens(2, 6, 5) + 1, 4, 2)
    used.reset_cache()
    return {"fresh": in_chunks(attention(impl), x, 2, 2), "reset": in_chunks(used, x, 2, 2)}


def with_twin(impl):
    """The outputs of `one_by_one` of a module whose twin runs in between."""
    module, twin, x, outputs = attention(impl), attention(impl), tokens(2, 7, 5), []
    with torch.no_grad():
        for chunk in x.split([3, 1, 1, 1, 1], dim=1):
            outputs.append(module(chunk, use_cache=True))
            twin(chunk + 1, use_cache=True)
    return torch.cat(outputs, dim=1)


def saved(impl):
    """The names in the state_dict before and after calls with a cache."""
    module = attention(impl)
    before = sorted(module.state_dict())
    in_chunks(module, tokens(2, 5, 5), 3, 2)
    return {"before": before, "after": sorted(module.state_dict())}


def biases(impl):
    """Which layers have a bias, with qkv_bias=False and qkv_bias=True."""
    return {
        bias: {name: lookup(attention(impl, qkv_bias=bias), f"{name}.bias") is not None for name in NEEDS[:4]}
        for bias in (False, True)
    }


def indivisible(impl):
    """Whether a number of heads that does not divide d_out raises an error."""
    impl.MultiHeadLatentAttention(5, 8, 0.0, 2)
    try:
        impl.MultiHeadLatentAttention(5, 8, 0.0, 3)
    except Exception:
        return True
    return False


def without_out_proj(impl, **arguments):
    """Returns a module whose out_proj is the identity, so that its output is the merged heads."""
    module = attention(impl, **arguments)
    with torch.no_grad():
        module.out_proj.weight.copy_(torch.eye(len(module.out_proj.weight)))
    return module


@summarized_by(partial(dropout_statistics, heads=2))
def dropped(impl):
    """The outputs for a single token with dropout=0.4, and the output without dropout."""
    *modules, plain = (without_out_proj(impl, dropout=rate) for rate in (0.4, 0.4, 0.4, 0.4, 0.0))
    x = tokens(1, 1, 5)
    with torch.no_grad():
        return {"training": [each.train()(x.expand(250, 1, 5)) for each in modules], "evaluation": plain(x)}


def in_evaluation(impl):
    """The outputs of a module with and of a module without dropout in evaluation mode."""
    x = tokens(2, 5, 5)
    return {"with": attention(impl, dropout=0.4)(x), "without": attention(impl)(x)}


common = CommonProbes(attention, tokens(2, 5, 5), tokens(3, 6, 5), tokens(1, 8, 5), tokens(2, 1, 5))
