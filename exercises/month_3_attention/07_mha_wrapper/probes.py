"""What is asked of a MultiHeadAttentionWrapper."""

from grader.probing import Int, ProbeProblem, change, dropping, fill, lookup, tokens
from grader.subject import Subject

LAYERS = ("W_query", "W_key", "W_value")


def attention(impl, d_in=6, d_out=4, context_length=5, dropout=0.0, num_heads=2, qkv_bias=False):
    made = impl.MultiHeadAttentionWrapper(d_in, d_out, context_length, dropout, num_heads, qkv_bias)
    return checked(made).eval()


def checked(made):
    fill(made, "heads")
    for name in LAYERS:
        if lookup(made, f"heads[0].{name}.weight") is None:
            raise ProbeProblem(f"heads[0] has no linear layer `{name}`. Make each head a CausalAttention.")
    return made


def output(
    impl,
    batch: Int[1, 3] = 2,
    length: Int[1, 5] = 5,
    heads: Int[1, 4] = 2,
    d_in: Int[1, 7] = 6,
    d_out: Int[1, 5] = 4,
):
    """The heads of a batch, side by side."""
    return attention(impl, d_in, d_out, 5, 0.0, heads)(tokens(batch, length, d_in))


def with_bias(impl, batch: Int[1, 3] = 2, length: Int[1, 5] = 5):
    """The output with biased layers."""
    return attention(impl, qkv_bias=True)(tokens(batch, length, 6))


def by_name(impl):
    """Every argument by its name, and no qkv_bias."""
    made = impl.MultiHeadAttentionWrapper(d_in=6, d_out=3, context_length=5, dropout=0.0, num_heads=3)
    return checked(made).eval()(tokens(2, 4, 6))


def biases(impl):
    """How many layers have a bias, without and with qkv_bias."""
    return {
        str(bias): sum(
            lookup(attention(impl, qkv_bias=bias), f"heads[{head}].{name}.bias") is not None
            for head in range(2)
            for name in LAYERS
        )
        for bias in (False, True)
    }


def counted(impl):
    """How many weights the heads have together."""
    made = attention(impl, num_heads=3)
    return sum(parameter.numel() for parameter in made.parameters())


def perturbed(impl):
    """Outputs before and after changing the last two tokens."""
    made = attention(impl)
    x = tokens(2, 5, 6)
    return {"before": made(x), "after": made(change(x, since=3))}


def dropped(impl):
    """What dropout=0.4 does to the heads of the first token, which sees itself with weight 1."""
    x = tokens(1, 2, 6)
    made, plain = attention(impl, dropout=0.4).train(), attention(impl)
    calls = [made(x.expand(250, 2, 6))[:, 0].unflatten(-1, (2, 4)) for _ in range(4)]
    return dropping(calls, plain(x)[0, 0].unflatten(-1, (2, 4)))


def in_evaluation(impl):
    """The output in evaluation mode of heads with dropout."""
    return attention(impl, dropout=0.4).eval()(tokens(2, 5, 6))


def longer(impl):
    """Made for seven tokens."""
    return attention(impl, context_length=7)


general = Subject(longer, tokens(2, 3, 6), tokens(3, 5, 6), tokens(1, 7, 6), tokens(2, 1, 6))
