"""What is asked of a CausalAttention."""

from grader.probing import Int, change, dropping, fill, lookup, tokens
from grader.subject import Subject

NEEDS = ("W_query", "W_key", "W_value")


def head(impl, d_in=6, d_out=4, context_length=5, dropout=0.0, qkv_bias=False):
    return fill(impl.CausalAttention(d_in, d_out, context_length, dropout, qkv_bias), *NEEDS).eval()


def output(impl, batch: Int[1, 3] = 2, length: Int[1, 5] = 5, d_in: Int[1, 7] = 6, d_out: Int[1, 8] = 4):
    """The context vectors of a batch."""
    return head(impl, d_in, d_out)(tokens(batch, length, d_in))


def with_bias(impl, batch: Int[1, 3] = 2, length: Int[1, 5] = 5):
    """The same with biased projections."""
    return head(impl, qkv_bias=True)(tokens(batch, length, 6))


def by_name(impl):
    """The context vectors of a module made with every argument by its name, and no qkv_bias."""
    made = impl.CausalAttention(d_in=6, d_out=3, context_length=5, dropout=0.0)
    return fill(made, *NEEDS).eval()(tokens(2, 5, 6))


def biases(impl):
    """Which projections have a bias, without and with qkv_bias."""
    made = {bias: impl.CausalAttention(6, 4, 5, 0.0, bias) for bias in (False, True)}
    return {bias: [lookup(module, f"{name}.bias") is not None for name in NEEDS] for bias, module in made.items()}


def perturbed(impl):
    """Outputs before and after changing the last two tokens."""
    attention = head(impl)
    x = tokens(2, 5, 6)
    return {"before": attention(x), "after": attention(change(x, since=3))}


def dropped(impl):
    """What dropout=0.4 does to the first token, which sees itself with weight 1."""
    x = tokens(1, 2, 6)
    made = head(impl, dropout=0.4).train()
    return dropping([made(x.expand(250, 2, 6))[:, :1] for _ in range(4)], head(impl)(x)[0, :1])


def in_evaluation(impl):
    """The output in evaluation mode of a head with dropout."""
    return head(impl, dropout=0.4).eval()(tokens(2, 5, 6))


def longer(impl):
    """Made for seven tokens."""
    return head(impl, context_length=7)


general = Subject(longer, tokens(2, 3, 6), tokens(3, 5, 6), tokens(1, 7, 6), tokens(2, 1, 6))
