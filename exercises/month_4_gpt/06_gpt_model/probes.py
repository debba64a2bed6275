"""Probes for GPTModel."""

import torch

from exercises.kit import (
    CommonProbes,
    Int,
    ProbeProblem,
    change,
    fill,
    lookup,
    numbers,
    stochastic,
    summarized_by,
    token_ids,
)

NEEDS = ("tok_emb", "pos_emb", "trf_blocks[0].att.W_query", "trf_blocks[0].ff.layers[0]", "trf_blocks[0].norm1",
         "final_norm", "out_head")  # fmt: skip


def config(**changes):
    cfg = {"vocab_size": 11, "context_length": 6, "emb_dim": 8, "n_heads": 2, "n_layers": 2, "drop_rate": 0.0}
    return {**cfg, "qkv_bias": False, **changes}


def model(impl, **changes):
    module = fill(impl.GPTModel(config(**changes)), *NEEDS).eval()
    for name in ("tok_emb", "pos_emb"):
        if lookup(module, f"{name}.weight") is None:
            kind = type(lookup(module, name)).__name__
            raise ProbeProblem(f"`{name}` of your GPTModel is a {kind}; it should be an nn.Embedding.")
    return module


def ids(batch, length, vocab_size=11):
    return token_ids(batch, length, vocab_size=vocab_size)


def logits(
    impl,
    batch: Int[1, 3] = 2,
    length: Int[1, 6] = 5,
    layers: Int[1, 3] = 2,
    vocabulary: Int[4, 12] = 11,
    emb_pairs: Int[1, 4] = 4,
):
    """The logits for a batch of ids, with two heads of emb_pairs numbers."""
    module = model(impl, n_layers=layers, vocab_size=vocabulary, emb_dim=2 * emb_pairs)
    return module(ids(batch, length, vocabulary))


def by_name(impl):
    """The logits of a model with one block, with arguments passed by name."""
    return fill(impl.GPTModel(cfg=config(n_layers=1)), *NEEDS).eval()(in_idx=ids(2, 5))


def with_bias(impl, batch: Int[1, 3] = 2, length: Int[1, 5] = 5):
    """The logits of a model with qkv_bias=True."""
    return model(impl, qkv_bias=True)(ids(batch, length))


def same_token(impl):
    """The logits for a repeated token."""
    return model(impl, n_layers=1)(torch.full((1, 4), 3))


def perturbed(impl):
    """The logits before and after a change of the last two ids."""
    module = model(impl, n_layers=1)
    x = ids(2, 5)
    return {"before": module(x), "after": module(change(x, since=3))}


def all_dropped(impl):
    """The logits and the input of the first block in training with drop_rate=1.0; None if no call of it is seen."""
    module, seen = model(impl, drop_rate=1.0, n_layers=1).train(), []
    module.trf_blocks[0].register_forward_pre_hook(lambda block, arguments: seen.extend(arguments[:1]))
    logits = module(ids(2, 5))
    return {"input": seen[0] if seen else None, "logits": logits}


def dropout_factors(data):
    """The factors by which dropout scales the input of the first block, and whether it drops numbers independently."""
    if data["training"] is None or data["evaluation"] is None:
        return None
    factors = (data["training"] / data["evaluation"]).mul(10).round().unique()[:5] / 10
    dropped = data["training"] == 0
    return {
        "factors": [round(float(factor), 1) + 0.0 for factor in factors],
        "independent": bool((dropped != dropped[..., :1]).any()),
    }


@stochastic
@summarized_by(dropout_factors)
def quarter_kept(impl):
    """The input of the first block with drop_rate=0.75, in training and in evaluation; None if no call is seen."""
    seen, module = {}, model(impl, drop_rate=0.75, n_layers=1)
    for mode in ("training", "evaluation"):
        calls = []
        hook = module.trf_blocks[0].register_forward_pre_hook(lambda block, x, calls=calls: calls.extend(x[:1]))
        module.train(mode == "training")(ids(8, 6))
        hook.remove()
        seen[mode] = calls[0] if calls else None
    return seen


def block_dropped(impl):
    """The input and output of a block in training with drop_rate=1.0, where both branches are dropped."""
    module = model(impl, drop_rate=1.0).train()
    x = numbers(2, 4, 8, seed="x")
    output = module.trf_blocks[1](x)
    return {"input": x, "output": output[0] if isinstance(output, tuple) else output}  # some return a cache too


def in_evaluation(impl):
    """The logits in evaluation with and without drop_rate=0.4."""
    return {f"drop_rate={rate}": model(impl, drop_rate=rate, n_layers=1)(ids(2, 5)) for rate in (0.4, 0.0)}


def layers(impl):
    """The number of blocks, and whether tok_emb and out_head have separate weights."""
    module = model(impl, n_layers=3)
    return {"blocks": len(module.trf_blocks), "own tables": module.tok_emb.weight is not module.out_head.weight}


def longer(impl):
    """Creates a model with context_length=9 and one block."""
    return model(impl, context_length=9, n_layers=1)


common = CommonProbes(longer, torch.tensor([[0, 10, 3], [7, 0, 0]]), ids(1, 9))
