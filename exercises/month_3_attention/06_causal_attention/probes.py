"""What is asked of a CausalAttention."""

import torch

from grader.probing import Int, change, fill, gradients, repeats, tokens, untouched

NEEDS = ("W_query", "W_key", "W_value")


def head(impl, d_in=6, d_out=4, context_length=5, dropout=0.0, qkv_bias=False):
    return fill(impl.CausalAttention(d_in, d_out, context_length, dropout, qkv_bias), *NEEDS)


def output(impl, batch: Int[1, 3] = 2, length: Int[1, 5] = 5, d_in: Int[2, 7] = 6, d_out: Int[1, 8] = 4):
    """The context vectors of a batch."""
    return head(impl, d_in, d_out)(tokens(batch, length, d_in))


def with_bias(impl):
    """The same with biased projections."""
    return head(impl, qkv_bias=True)(tokens(2, 5, 6))


def parameters(impl):
    """The names of the trainable parameters, with and without bias."""
    made = {bias: impl.CausalAttention(6, 4, 5, 0.0, qkv_bias=bias) for bias in (False, True)}
    return {bias: sorted(name for name, _ in module.named_parameters()) for bias, module in made.items()}


def perturbed(impl):
    """Outputs before and after changing the last two tokens."""
    attention = head(impl)
    x = tokens(2, 5, 6)
    return {"before": attention(x), "after": attention(change(x, since=3))}


def trained(impl):
    """Outputs in training and in evaluation mode, with every weight dropped in training."""
    attention = head(impl, dropout=1.0)
    x = tokens(2, 5, 6)
    training = attention.train()(x)
    return {"training": training, "evaluation": attention.eval()(x)}


def half_dropped(impl):
    """Whether dropout at 0.5 changes some of the output while training."""
    attention = head(impl, dropout=0.5).train()
    x = tokens(4, 5, 6)
    plain = head(impl)(x)
    dropped = attention(x)
    return {"changed": bool((dropped != plain).any()), "all_zero": bool((dropped == 0).all())}


def in_double(impl):
    """In double precision."""
    return head(impl).double()(tokens(2, 4, 6, dtype=torch.float64))


def on_meta(impl):
    """Moved to another device: the mask must follow."""
    attention = impl.CausalAttention(6, 4, 5, 0.0).to("meta")
    return attention(torch.empty(2, 3, 6, device="meta"))


def state(impl):
    """Two inputs, then the first again; and whether the input is left as it was."""
    attention = head(impl)
    x = tokens(2, 5, 6)
    return {**repeats(attention, x, tokens(3, 4, 6)), "untouched": untouched(x, attention)}


def learning(impl):
    """The gradient at every parameter."""
    attention = head(impl)
    return gradients(attention, attention(tokens(2, 5, 6)).square().sum())
