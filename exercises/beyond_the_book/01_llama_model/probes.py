"""Probes for Llama3Model."""

import torch

from exercises.kit import CommonProbes, Int, change, fill, lookup, require, token_ids

BLOCK = ("att.W_query", "att.W_key", "att.W_value", "att.out_proj", "ff.fc1", "ff.fc2", "ff.fc3", "norm1", "norm2")
NEEDS = ("tok_emb", *(f"trf_blocks[0].{name}" for name in BLOCK), "final_norm", "out_head")
SIZES = {"vocab_size": 11, "context_length": 8, "emb_dim": 16, "n_heads": 4, "n_kv_groups": 2, "n_layers": 2,
         "hidden_dim": 10, "rope_base": 100.0, "dtype": torch.float32, "rope_freq": None}  # fmt: skip


def unfilled(impl, **changes):
    module = impl.Llama3Model({**SIZES, **changes})
    for block in getattr(module, "trf_blocks", ()):
        if lookup(block, "att.out_proj.bias") is not None:
            block.att.out_proj.bias = None  # an attention of the exercise gqa may have one
    return module


def model(impl, **changes):
    """Returns a model with fixed weights."""
    return fill(unfilled(impl, **changes), *NEEDS).eval()


def ids(batch, length):
    return token_ids(batch, length, vocab_size=11)


def logits(
    impl,
    batch: Int[1, 3] = 2,
    length: Int[1, 8] = 5,
    layers: Int[1, 2] = 2,
    groups: Int[1, 2] = 2,
    per_group: Int[1, 3] = 2,
    half_head: Int[1, 3] = 2,
    rope_base: Int[2, 100000] = 100,
):
    """The logits for a batch, with groups · per_group heads of 2 · half_head numbers."""
    heads = groups * per_group
    sizes = {"emb_dim": heads * 2 * half_head, "n_heads": heads, "n_kv_groups": groups, "n_layers": layers}
    return model(impl, **sizes, rope_base=float(rope_base))(ids(batch, length))


def one_token(impl):
    """The logits of a single token: no position and no other token matters."""
    return model(impl, n_layers=1)(ids(2, 1))


def one_block(impl):
    """The logits of a model with one block."""
    return model(impl, n_layers=1)(ids(2, 5))


def perturbed(impl):
    """The logits before and after a change of the last two ids."""
    x = ids(2, 5)
    return {"before": model(impl)(x), "after": model(impl)(change(x, since=3))}


def repeated(impl):
    """The logits for one id, repeated five times."""
    return model(impl)(torch.full((1, 5), 3))


def shifted_norms(impl):
    """The logits of a model whose tokens all have embeddings a hundred times smaller, with which eps matters."""
    module = model(impl, n_layers=1)
    with torch.no_grad():
        module.tok_emb.weight.mul_(0.01)
    return module(ids(2, 5))


def tied(impl):
    """The logits after `model.out_head.weight = model.tok_emb.weight`."""
    module = model(impl, n_layers=1)
    module.out_head.weight = module.tok_emb.weight
    return module(ids(2, 5))


def dtypes(impl):
    """The dtypes of weights and logits by cfg["dtype"]."""
    found = {}
    layers = ("tok_emb", *(f"trf_blocks[0].{name}" for name in BLOCK[:7]), "out_head")
    for name in ("float64", "bfloat16"):
        module = unfilled(impl, dtype=getattr(torch, name), n_layers=1)
        require(module, *NEEDS)
        found[name] = {layer: str(lookup(module, layer).weight.dtype).removeprefix("torch.") for layer in layers}
        found[name]["logits"] = str(module(ids(1, 3)).dtype).removeprefix("torch.")
    return found


def biases(impl):
    """The layers of a new model, before anything is removed, that have a bias, but for out_proj."""
    module = impl.Llama3Model(SIZES)
    require(module, *NEEDS)
    layers = (*(f"trf_blocks[0].{name}" for name in BLOCK[:3] + BLOCK[4:7]), "out_head")
    return [name for name in layers if lookup(module, f"{name}.bias") is not None]


def small(impl):
    """A model with one block, whose gradients differ less by rounding."""
    return model(impl, n_layers=1)


common = CommonProbes(small, ids(2, 5), ids(3, 8), ids(1, 1))
