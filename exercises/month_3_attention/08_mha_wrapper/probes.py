"""Probes for MultiHeadAttentionWrapper."""

from functools import partial

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

LAYERS = ("W_query", "W_key", "W_value")


def attention(impl, d_in=6, d_out=4, context_length=5, dropout=0.0, num_heads=2, qkv_bias=False):
    module = impl.MultiHeadAttentionWrapper(d_in, d_out, context_length, dropout, num_heads, qkv_bias)
    return checked(module).eval()


def checked(module):
    fill(module, "heads")
    for name in LAYERS:
        if lookup(module, f"heads[0].{name}.weight") is None:
            raise ProbeProblem(f"heads[0] has no linear layer `{name}`; each head should be a CausalAttention.")
    return module


def output(
    impl,
    batch: Int[1, 3] = 2,
    length: Int[1, 5] = 5,
    heads: Int[1, 4] = 2,
    d_in: Int[1, 7] = 6,
    d_out: Int[1, 5] = 4,
):
    """The concatenated heads for a batch."""
    return attention(impl, d_in, d_out, 5, 0.0, heads)(tokens(batch, length, d_in))


def with_bias(impl, batch: Int[1, 3] = 2, length: Int[1, 5] = 5):
    """The output of a module with qkv_bias=True."""
    return attention(impl, qkv_bias=True)(tokens(batch, length, 6))


def by_name(impl):
    """The output of a module created with keyword arguments and the default qkv_bias."""
    module = impl.MultiHeadAttentionWrapper(d_in=6, d_out=3, context_length=5, dropout=0.0, num_heads=3)
    return checked(module).eval()(tokens(2, 4, 6))


def biases(impl):
    """The number of layers with a bias, with qkv_bias=False and qkv_bias=True."""
    return {
        bias: sum(
            lookup(attention(impl, qkv_bias=bias), f"heads[{head}].{name}.bias") is not None
            for head in range(2)
            for name in LAYERS
        )
        for bias in (False, True)
    }


def counted(impl):
    """The number of heads with num_heads=3, and of different W_query among them."""
    heads = attention(impl, num_heads=3).heads
    return {"heads": len(heads), "different": len({id(head.W_query.weight) for head in heads})}


def perturbed(impl):
    """The outputs before and after a change of the last two tokens."""
    module = attention(impl)
    x = tokens(2, 5, 6)
    return {"before": module(x), "after": module(change(x, since=3))}


@summarized_by(partial(dropout_statistics, heads=2))
def dropped(impl):
    """The outputs for a single token with dropout=0.4, and the output without dropout."""
    x = tokens(1, 1, 6)
    module, plain = attention(impl, dropout=0.4).train(), attention(impl)
    return {"training": [module(x.expand(250, 1, 6)) for _ in range(4)], "evaluation": plain(x)}


def in_evaluation(impl):
    """The outputs of heads with and of heads without dropout in evaluation mode."""
    x = tokens(2, 5, 6)
    return {"with": attention(impl, dropout=0.4)(x), "without": attention(impl)(x)}


def longer(impl):
    """Creates a module with context_length=7."""
    return attention(impl, context_length=7)


common = CommonProbes(longer, tokens(2, 3, 6), tokens(3, 5, 6), tokens(1, 7, 6), tokens(2, 1, 6))
