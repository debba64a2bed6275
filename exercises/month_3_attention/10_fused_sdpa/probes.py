"""What is asked of a PyTorchMultiHeadAttention."""

import torch

from grader.probing import Int, ProbeProblem, change, dropping, fill, lookup, tokens
from grader.subject import Subject


def attention(impl, d_in=6, d_out=8, num_heads=2, dropout=0.0, qkv_bias=False):
    return checked(impl.PyTorchMultiHeadAttention(d_in, d_out, num_heads, dropout, qkv_bias), d_in, d_out)


def checked(made, d_in, d_out):
    fill(made, "qkv.weight", "proj.weight")
    for name, right in (("qkv", (3 * d_out, d_in)), ("proj", (d_out, d_out))):
        shape = tuple(lookup(made, f"{name}.weight").shape)
        if shape != right:
            raise ProbeProblem(
                f"With d_in={d_in} and d_out={d_out} the weight of `{name}` has shape {shape}; it should be {right}."
            )
    return made.eval()


def output(
    impl,
    batch: Int[1, 3] = 2,
    length: Int[1, 6] = 5,
    heads: Int[1, 4] = 2,
    head_dim: Int[1, 4] = 4,
    d_in: Int[1, 8] = 6,
):
    """The output for a batch; a head is head_dim wide."""
    return attention(impl, d_in, heads * head_dim, heads)(tokens(batch, length, d_in))


def with_bias(impl, batch: Int[1, 3] = 2, length: Int[1, 5] = 5):
    """The output with a biased qkv."""
    return attention(impl, qkv_bias=True)(tokens(batch, length, 6))


def by_name(impl):
    """Every argument by its name, and those with a default left out."""
    made = impl.PyTorchMultiHeadAttention(d_in=6, d_out=8, num_heads=4)
    named = impl.PyTorchMultiHeadAttention(d_in=6, d_out=8, num_heads=4, dropout=0.0, qkv_bias=False)
    return [checked(one, 6, 8)(tokens(2, 5, 6)) for one in (made, named)]


def biases(impl):
    """Whether qkv and proj have a bias, without and with qkv_bias."""
    made = {bias: impl.PyTorchMultiHeadAttention(6, 8, 2, 0.0, bias) for bias in (False, True)}
    return {
        f"qkv_bias={bias}": {name: lookup(module, f"{name}.bias") is not None for name in ("qkv", "proj")}
        for bias, module in made.items()
    }


def indivisible(impl):
    """Whether head counts that do not divide d_out are refused."""
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
    """Outputs before and after changing the last two tokens."""
    made = attention(impl)
    x = tokens(2, 5, 6)
    return {"before": made(x), "after": made(change(x, since=3))}


def dropped(impl):
    """What dropout=0.4 does to the heads of the first token."""
    made, plain = attention(impl, dropout=0.4), attention(impl)
    x = tokens(1, 2, 6)
    with torch.no_grad():
        for one in (made, plain):
            one.proj.weight.copy_(torch.eye(8))
            if one.proj.bias is not None:
                one.proj.bias.zero_()
        made.train()
        calls = [made(x.expand(250, 2, 6))[:, 0].unflatten(-1, (2, 4)) for _ in range(4)]
        return dropping(calls, plain(x)[0, 0].unflatten(-1, (2, 4)))


def in_evaluation(impl):
    """The output in evaluation mode of a module with dropout; and after training mode."""
    made = attention(impl, dropout=0.4)
    x = tokens(2, 5, 6)
    return [made(x), made.train().eval()(x)]


general = Subject(attention, tokens(2, 3, 6), tokens(3, 5, 6), tokens(1, 2, 6), tokens(2, 1, 6))
