"""What is asked of a TransformerBlock."""

import torch

from grader.probing import Int, change, fill, lookup, tokens
from grader.subject import Subject

NEEDS = ("att.W_query", "att.W_key", "att.W_value", "att.out_proj", "ff.layers[0]", "ff.layers[2]", "norm1", "norm2")


def config(**changes):
    cfg = {"vocab_size": 20, "context_length": 5, "emb_dim": 8, "n_heads": 2, "n_layers": 2, "drop_rate": 0.0}
    return {**cfg, "qkv_bias": False, **changes}


def block(impl, **changes):
    return fill(impl.TransformerBlock(config(**changes)), *NEEDS).eval()


def output(impl, batch: Int[1, 3] = 2, length: Int[1, 5] = 5, heads: Int[1, 3] = 2, head_dim: Int[1, 4] = 4):
    """What a block makes of a batch; emb_dim is heads · head_dim."""
    width = heads * head_dim
    return block(impl, emb_dim=width, n_heads=heads)(tokens(batch, length, width))


def with_bias(impl, batch: Int[1, 3] = 2, length: Int[1, 5] = 5):
    """With biased queries, keys and values."""
    return block(impl, qkv_bias=True)(tokens(batch, length, 8))


def biases(impl):
    """Which projections have a bias, without and with qkv_bias."""
    made = {bias: impl.TransformerBlock(config(qkv_bias=bias)) for bias in (False, True)}
    return {
        bias: [lookup(one, f"att.{name}.bias") is not None for name in ("W_query", "W_key", "W_value")]
        for bias, one in made.items()
    }


def branches_off(impl):
    """With everything that ends a branch at 0, only the shortcuts are left."""
    made = block(impl)
    with torch.no_grad():
        for layer in (made.att.out_proj, made.ff.layers[2]):
            layer.weight.zero_()
            layer.bias.zero_()
    x = tokens(2, 5, 8)
    return {"input": x, "output": made(x)}


def perturbed(impl):
    """Outputs before and after changing the last two tokens."""
    made = block(impl)
    x = tokens(2, 5, 8)
    return {"before": made(x), "after": made(change(x, since=3))}


def all_dropped(impl):
    """In training with drop_rate=1.0: the block, and its attention alone."""
    made = block(impl, drop_rate=1.0).train()
    x = tokens(2, 5, 8)
    return {"input": x, "output": made(x), "attention": made.att(x), "bias": made.att.out_proj.bias.clone()}


def in_evaluation(impl):
    """In evaluation with drop_rate=0.4."""
    return block(impl, drop_rate=0.4).eval()(tokens(2, 5, 8))


def quarter_kept(impl):
    """What drop_rate=0.75 makes of the feed-forward branch in training, over what it is without; and whether
    each number of a token is dropped by itself."""
    made = block(impl, drop_rate=0.75)
    with torch.no_grad():
        made.att.out_proj.weight.zero_()
        made.att.out_proj.bias.zero_()
        x = tokens(1, 1, 8)
        plain = made(x) - x
        branch = made.train()(x.expand(500, 1, 8)) - x
        times = (branch / plain).mul(10).round().unique()[:5] / 10
        lost = branch == 0
        return {"times": [round(float(one), 1) + 0.0 for one in times], "alone": bool((lost != lost[..., :1]).any())}


def longer(impl):
    """Made for seven tokens."""
    return block(impl, context_length=7)


general = Subject(longer, tokens(2, 3, 8), tokens(3, 5, 8), tokens(1, 7, 8), tokens(2, 1, 8))
