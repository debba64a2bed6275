"""Probes for TransformerBlock and GPTModel with three dropout rates, each 0.0 or 1.0 in training."""

import torch

from exercises.kit import CommonProbes, Int, fill, lookup, stochastic, summarized_by, token_ids, tokens

BLOCK_NEEDS = ("att.W_query", "att.out_proj", "ff.layers[0]", "ff.layers[2]", "norm1", "norm2")
NEEDS = ("tok_emb", "pos_emb", "final_norm", "out_head", *(f"trf_blocks[0].{name}" for name in BLOCK_NEEDS))


def config(emb=0.0, attn=0.0, shortcut=0.0, **changes):
    cfg = {"vocab_size": 11, "context_length": 6, "emb_dim": 8, "n_heads": 2, "n_layers": 2, "qkv_bias": False}
    return {**cfg, "drop_rate_emb": emb, "drop_rate_attn": attn, "drop_rate_shortcut": shortcut, **changes}


def model(impl, *rates, **changes):
    return fill(impl.GPTModel(config(*rates, **changes)), *NEEDS).eval()


def block(impl, *rates):
    return fill(impl.TransformerBlock(config(*rates)), *BLOCK_NEEDS).eval()


def ids(batch, length):
    return token_ids(batch, length, vocab_size=11)


def logits(impl, batch: Int[1, 3] = 2, length: Int[1, 6] = 5, layers: Int[1, 3] = 2):
    """The logits in evaluation mode, with rates that have no effect there."""
    return model(impl, 0.3, 0.4, 0.5, n_layers=layers)(ids(batch, length))


def block_output(impl, batch: Int[1, 3] = 2, length: Int[1, 6] = 5):
    """The output of a block in evaluation mode."""
    return block(impl, 0.3, 0.4, 0.5)(tokens(batch, length, 8))


def with_bias(impl):
    """The logits of a model with qkv_bias=True."""
    return model(impl, qkv_bias=True)(ids(2, 5))


def trained_logits(impl, emb: Int[0, 1] = 0, attn: Int[0, 1] = 0, shortcut: Int[0, 1] = 0):
    """The logits of one block in training mode with rates of 0.0 or 1.0, which drop nothing or everything."""
    return model(impl, float(emb), float(attn), float(shortcut), n_layers=1).train()(ids(2, 5))


def trained_blocks(impl):
    """The outputs of blocks in training mode with one rate of 1.0 and two of 0.0."""
    rates = {"drop_rate_emb": (1.0, 0.0, 0.0), "drop_rate_attn": (0.0, 1.0, 0.0), "drop_rate_shortcut": (0.0, 0.0, 1.0)}
    return {name: block(impl, *values).train()(tokens(2, 5, 8)) for name, values in rates.items()}


def _first(output):
    return output[0] if isinstance(output, tuple) else output  # some return a cache too


def places(impl, emb=0.0, attn=0.0, shortcut=0.0):
    """Records of a training step: the first block's input, each block's input and output, the output of its attention
    and out_proj's bias. A place whose module is not called is missing."""
    module = model(impl, emb, attn, shortcut).train()
    seen = {"blocks": [], "attended": []}
    for each in module.trf_blocks:
        each.register_forward_hook(lambda layer, x, y: seen["blocks"].append([x[0], _first(y)]) if x else None)
        each.att.register_forward_hook(lambda layer, x, y: seen["attended"].append([_first(y), layer.out_proj.bias]))
    module(ids(2, 5))
    return seen


def dropout_factors(data):
    """The factors by which dropout scales a tensor, by place; None where it was not seen, "tokens" where each token is
    dropped as a whole or not at all."""
    return {place: _factors(*pair) for place, pair in data.items()}


def _factors(training, evaluation):
    if training is None or evaluation is None:
        return None
    dropped = training == 0
    if dropped.any() and not dropped.all() and bool((dropped.all(-1) | ~dropped.any(-1)).all()):
        return "tokens"
    factors = (training / evaluation).mul(10).round().unique()[:5] / 10
    return [round(float(factor), 1) + 0.0 for factor in factors]


@stochastic
@summarized_by(dropout_factors)
def quarter_kept(impl):
    """The input of the first block, and what each branch of a block adds to x, in training with a rate of 0.75 and in
    evaluation."""
    module, seen = model(impl, 0.75, n_layers=1), []
    module.trf_blocks[0].register_forward_pre_hook(lambda block, x: seen.append(x[0]) if x else None)
    for mode in (True, False):
        module.train(mode)(ids(8, 6))
    data = {"tok_emb + pos_emb": seen if len(seen) == 2 else [None, None]}
    x = tokens(1, 1, 8).expand(40, 1, 8)  # a token alone attends to itself, with a weight of 1
    for branch, other in (("attention", "ff.layers[2]"), ("feed-forward", "att.out_proj")):
        alone = block(impl, 0.0, 0.0, 0.75)
        with torch.no_grad():
            lookup(alone, f"{other}.weight").zero_()
            lookup(alone, f"{other}.bias").zero_()
            data[f"the {branch} branch"] = [_first(alone.train(mode)(x)) - x for mode in (True, False)]
    return data


def by_name(impl):
    """The logits and a block's output with arguments passed by name."""
    cfg = config(n_layers=1)
    gpt = fill(impl.GPTModel(cfg=cfg), *NEEDS).eval()
    alone = fill(impl.TransformerBlock(cfg=cfg), *BLOCK_NEEDS).eval()
    return {"logits": gpt(in_idx=ids(2, 5)), "block": alone(x=tokens(2, 5, 8))}


def longer(impl):
    """Creates a model with context_length=9 and one block."""
    return model(impl, context_length=9, n_layers=1)


common = CommonProbes(longer, torch.tensor([[0, 10, 3], [7, 0, 0]]), ids(1, 9))
