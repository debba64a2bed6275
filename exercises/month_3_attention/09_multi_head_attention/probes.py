"""What is asked of a MultiHeadAttention."""

import torch

from grader.probing import Int, change, dropping, fill, lookup, tokens
from grader.subject import Subject

NEEDS = ("W_query", "W_key", "W_value", "out_proj")


def attention(impl, d_in=6, d_out=8, context_length=5, dropout=0.0, num_heads=2, qkv_bias=False):
    made = impl.MultiHeadAttention(d_in, d_out, context_length, dropout, num_heads, qkv_bias)
    return fill(made, *NEEDS).eval()


def output(
    impl,
    batch: Int[1, 3] = 2,
    length: Int[1, 5] = 5,
    heads: Int[1, 4] = 2,
    head_dim: Int[1, 4] = 4,
    d_in: Int[1, 8] = 6,
):
    """The output for a batch; a head is head_dim wide."""
    made = attention(impl, d_in, heads * head_dim, 5, 0.0, heads)
    return made(tokens(batch, length, d_in))


def with_bias(impl, batch: Int[1, 3] = 2, length: Int[1, 5] = 5):
    """The output with biased projections."""
    return attention(impl, qkv_bias=True)(tokens(batch, length, 6))


def by_name(impl):
    """The output of a module made with every argument by its name, and no qkv_bias."""
    made = impl.MultiHeadAttention(d_in=6, d_out=8, context_length=5, dropout=0.0, num_heads=4)
    return fill(made, *NEEDS).eval()(tokens(2, 5, 6))


def biases(impl):
    """Which projections have a bias, without and with qkv_bias."""
    made = {bias: impl.MultiHeadAttention(6, 8, 5, 0.0, 2, bias) for bias in (False, True)}
    return {bias: [lookup(module, f"{name}.bias") is not None for name in NEEDS] for bias, module in made.items()}


def indivisible(impl):
    """Whether head counts that do not divide d_out are refused."""
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
    """Outputs before and after changing the last two tokens."""
    made = attention(impl)
    x = tokens(2, 5, 6)
    return {"before": made(x), "after": made(change(x, since=3))}


def heads_apart(impl):
    """The change of the joined heads when the second head's values change: out_proj hands on what it gets."""
    made = attention(impl)
    with torch.no_grad():
        made.out_proj.weight.copy_(torch.eye(8))
        before = made(tokens(2, 5, 6)).clone()
        made.W_value.weight[4:] += 1.0
        return made(tokens(2, 5, 6)) - before


def dropped(impl):
    """What dropout=0.4 does to the heads of the first token."""
    made = attention(impl, dropout=0.4)
    x = tokens(1, 2, 6)
    with torch.no_grad():
        made.out_proj.weight.copy_(torch.eye(8))
        made.out_proj.bias.zero_()
        plain = attention(impl)
        plain.out_proj.load_state_dict(made.out_proj.state_dict())
        made.train()
        calls = [made(x.expand(250, 2, 6))[:, 0].unflatten(-1, (2, 4)) for _ in range(4)]
        return dropping(calls, plain(x)[0, 0].unflatten(-1, (2, 4)))


def in_evaluation(impl):
    """The output in evaluation mode of a module with dropout."""
    return attention(impl, dropout=0.4).eval()(tokens(2, 5, 6))


def longer(impl):
    """Made for seven tokens."""
    return attention(impl, context_length=7)


general = Subject(longer, tokens(2, 3, 6), tokens(3, 5, 6), tokens(1, 7, 6), tokens(2, 1, 6))
