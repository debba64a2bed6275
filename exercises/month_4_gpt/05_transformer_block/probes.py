"""Probes for TransformerBlock."""

import torch

from exercises.kit import CommonProbes, Int, change, fill, lookup, summarized_by, tokens

NEEDS = ("att.W_query", "att.W_key", "att.W_value", "att.out_proj", "ff.layers[0]", "ff.layers[2]", "norm1", "norm2")


def config(**changes):
    cfg = {"vocab_size": 20, "context_length": 5, "emb_dim": 8, "n_heads": 2, "n_layers": 2, "drop_rate": 0.0}
    return {**cfg, "qkv_bias": False, **changes}


def block(impl, **changes):
    return fill(impl.TransformerBlock(config(**changes)), *NEEDS).eval()


def output(impl, batch: Int[1, 3] = 2, length: Int[1, 5] = 5, heads: Int[1, 3] = 2, head_dim: Int[1, 4] = 4):
    """The output for a batch, with emb_dim = heads · head_dim."""
    width = heads * head_dim
    return block(impl, emb_dim=width, n_heads=heads)(tokens(batch, length, width))


def by_name(impl):
    """The output of a block with arguments passed by name."""
    return fill(impl.TransformerBlock(cfg=config()), *NEEDS).eval()(x=tokens(2, 5, 8))


def with_bias(impl, batch: Int[1, 3] = 2, length: Int[1, 5] = 5):
    """The output of a block with qkv_bias=True."""
    return block(impl, qkv_bias=True)(tokens(batch, length, 8))


def biases(impl):
    """Which layers have a bias, with qkv_bias=False and qkv_bias=True."""
    modules = {bias: block(impl, qkv_bias=bias) for bias in (False, True)}
    return {
        bias: [lookup(module, f"att.{name}.bias") is not None for name in ("W_query", "W_key", "W_value")]
        for bias, module in modules.items()
    }


def branches_off(impl):
    """The input and the output with the last layer of each branch set to 0."""
    module = block(impl)
    with torch.no_grad():
        for layer in (module.att.out_proj, module.ff.layers[2]):
            layer.weight.zero_()
            layer.bias.zero_()
    x = tokens(2, 5, 8)
    return {"input": x, "output": module(x)}


def perturbed(impl):
    """The outputs before and after a change of the last two tokens."""
    module = block(impl)
    x = tokens(2, 5, 8)
    return {"before": module(x), "after": module(change(x, since=3))}


def all_dropped(impl):
    """The outputs of the block and of its attention in training with drop_rate=1.0."""
    module = block(impl, drop_rate=1.0).train()
    x = tokens(2, 5, 8)
    return {"input": x, "output": module(x), "attention": module.att(x), "bias": module.att.out_proj.bias.clone()}


def in_evaluation(impl):
    """The outputs in evaluation with and without drop_rate=0.4."""
    x = tokens(2, 5, 8)
    return {"with": block(impl, drop_rate=0.4)(x), "without": block(impl)(x)}


def dropout_of_numbers(data):
    """The factors by which dropout scales the branch, and whether a token's numbers are dropped independently."""
    branch = data["training"] - data["input"]
    factors = (branch / (data["evaluation"] - data["input"])).mul(10).round().unique()[:5] / 10
    dropped = branch == 0
    return {
        "factors": [round(float(factor), 1) + 0.0 for factor in factors],
        "independent": bool((dropped != dropped[..., :1]).any()),
    }


@summarized_by(dropout_of_numbers)
def quarter_kept(impl):
    """A token's output with drop_rate=0.75 in evaluation and 500 times in training, without attention."""
    module = block(impl, drop_rate=0.75)
    with torch.no_grad():
        module.att.out_proj.weight.zero_()
        module.att.out_proj.bias.zero_()
        x = tokens(1, 1, 8)
        evaluation = module(x)
        return {"input": x, "evaluation": evaluation, "training": module.train()(x.expand(500, 1, 8))}


def longer(impl):
    """Creates a module with context_length=7."""
    return block(impl, context_length=7)


common = CommonProbes(longer, tokens(2, 3, 8), tokens(3, 5, 8), tokens(1, 7, 8), tokens(2, 1, 8))
