"""Your layers in the model pocket, with 8 and with 4 bits: how much worse does it predict a text?"""

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from exercises.drawings import Bars, Note, Table
from exercises.kit import Text, pocket


def copy_of(model):
    """Pocket as a module of the course's parts."""
    from parts import GPTModel

    vocab_size, emb_dim = model.weights["tok_emb.weight"].shape
    layers = 1 + max(int(name.split(".")[1]) for name in model.weights if name.startswith("trf_blocks."))
    cfg = {"vocab_size": vocab_size, "context_length": len(model.weights["pos_emb.weight"]), "emb_dim": emb_dim}
    cfg |= {"n_heads": model.n_heads, "n_layers": layers, "drop_rate": 0.0, "qkv_bias": False}
    gpt = GPTModel(cfg)
    gpt.load_state_dict(model.weights, strict=False)
    return gpt.eval()


def replace(impl, module, bits):
    """Replaces each linear layer within a module; returns how many."""
    names = [name for name, child in module.named_modules() if isinstance(child, nn.Linear)]
    for name in names:
        parent, _, last = name.rpartition(".")
        setattr(module.get_submodule(parent), last, impl.QuantizedLinear(module.get_submodule(name), bits))
    return len(names)


@torch.no_grad()
def draw(impl, text: Text[10, 300] = "In a yellow house near the station lived a boy whose name was Luis."):
    model = pocket.get()
    if model is None or len(model.ids) < 2:
        return [Note("The model pocket is not there, or the text has no second token.")]
    ids = torch.tensor([model.ids])
    losses, errors = {}, []
    for bits in (32, 8, 4):
        gpt = copy_of(model)
        count = 0 if bits == 32 else replace(impl, gpt.trf_blocks, bits)
        losses[f"{bits} bits"] = float(cross_entropy(gpt(ids)[0, :-1], ids[0, 1:]))
        if count:
            weight = model.weights["trf_blocks.0.ff.layers.0.weight"]
            codes, scale = impl.quantize(weight, bits)
            error = float((impl.dequantize(codes, scale) - weight).abs().mean() / weight.abs().mean())
            errors.append([f"{bits} bits", count, int(codes.unique().numel()), f"{error:.2%}"])
    change = losses["4 bits"] - losses["32 bits"]
    return [
        Table(["", "layers", "different codes", "mean error"], errors, title="The first feed-forward matrix",
              caption="The error is relative to the mean size of a weight."),
        Bars(list(losses), list(losses.values()), title="Loss on your text",
             caption=f"With 4 bits it changes by {change:+.3f}. The output head keeps its floats."),
    ]  # fmt: skip
