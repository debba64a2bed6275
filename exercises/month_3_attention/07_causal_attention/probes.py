"""Probes for CausalAttention."""

from exercises.kit import CommonProbes, Int, change, dropout_statistics, fill, lookup, summarized_by, tokens

NEEDS = ("W_query", "W_key", "W_value")


def head(impl, d_in=6, d_out=4, context_length=5, dropout=0.0, qkv_bias=False):
    return fill(impl.CausalAttention(d_in, d_out, context_length, dropout, qkv_bias), *NEEDS).eval()


def output(impl, batch: Int[1, 3] = 2, length: Int[1, 5] = 5, d_in: Int[1, 7] = 6, d_out: Int[1, 8] = 4):
    """The context vectors for a batch."""
    return head(impl, d_in, d_out)(tokens(batch, length, d_in))


def with_bias(impl, batch: Int[1, 3] = 2, length: Int[1, 5] = 5):
    """The context vectors of a module with qkv_bias=True."""
    return head(impl, qkv_bias=True)(tokens(batch, length, 6))


def by_name(impl):
    """The context vectors of a module created with keyword arguments and the default qkv_bias."""
    module = impl.CausalAttention(d_in=6, d_out=3, context_length=5, dropout=0.0)
    return fill(module, *NEEDS).eval()(tokens(2, 5, 6))


def biases(impl):
    """Which layers have a bias, with qkv_bias=False and qkv_bias=True."""
    modules = {bias: fill(impl.CausalAttention(6, 4, 5, 0.0, bias), *NEEDS) for bias in (False, True)}
    return {bias: [lookup(module, f"{name}.bias") is not None for name in NEEDS] for bias, module in modules.items()}


def perturbed(impl):
    """The outputs before and after a change of the last two tokens."""
    attention = head(impl)
    x = tokens(2, 5, 6)
    return {"before": attention(x), "after": attention(change(x, since=3))}


@summarized_by(dropout_statistics)
def dropped(impl):
    """The outputs for a single token with dropout=0.4, and the output without dropout."""
    x = tokens(1, 1, 6)
    module = head(impl, dropout=0.4).train()
    return {"training": [module(x.expand(250, 1, 6)) for _ in range(4)], "evaluation": head(impl)(x)}


def in_evaluation(impl):
    """The outputs of a head with and of a head without dropout in evaluation mode."""
    x = tokens(2, 5, 6)
    return {"with": head(impl, dropout=0.4)(x), "without": head(impl)(x)}


def longer(impl):
    """Creates a module with context_length=7."""
    return head(impl, context_length=7)


common = CommonProbes(longer, tokens(2, 3, 6), tokens(3, 5, 6), tokens(1, 7, 6), tokens(2, 1, 6))
