"""Your model before any training: where its parameters are, and what it expects after a text."""

import math

import torch
from torch.nn.functional import cross_entropy

from exercises.drawings import Bars, Table, visible
from exercises.kit import Text, letters

CFG = {"vocab_size": len(letters.ALPHABET), "context_length": 64, "emb_dim": 48, "n_heads": 4, "n_layers": 3,
       "drop_rate": 0.0, "qkv_bias": False}  # fmt: skip
PARTS = ("tok_emb", "pos_emb", "trf_blocks", "final_norm", "out_head")


def draw(impl, text: Text[1, 60] = "the ferryman waited for the mail"):
    torch.manual_seed(0)
    model = impl.GPTModel(CFG).eval()
    small = 124_439_808  # GPT-2 small, whose output layer shares the table of tok_emb
    counts = [sum(p.numel() for p in getattr(model, name).parameters()) for name in PARTS]
    with torch.device("meta"):
        large = impl.GPTModel(CFG | {"vocab_size": 50257, "context_length": 1024, "emb_dim": 768, "n_heads": 12,
                                     "n_layers": 12, "qkv_bias": True})  # fmt: skip
    sizes = [sum(p.numel() for p in getattr(large, name).parameters()) for name in PARTS]
    ids = torch.tensor([letters.encode(text) or [0]])
    with torch.no_grad():
        logits = model(ids)[0]
        probabilities = logits[-1].softmax(dim=-1)
    loss = float(cross_entropy(logits[:-1], ids[0, 1:])) if ids.shape[1] > 1 else math.nan
    top = probabilities.topk(8)
    says = f" Its loss on the text is {loss:.1f}." if ids.shape[1] > 1 else ""
    return [
        Table(["part", "parameters here", "in GPT-2 small"], list(map(list, zip(PARTS, counts, sizes, strict=True))),
              title="Where the parameters are", caption=f"In all {sum(sizes):,}; with a shared table of tokens "
              f"{sum(sizes) - sizes[-1]:,}, where GPT-2 small has {small:,}."),
        Bars([visible(letters.decode([i])) for i in top.indices], top.values,
             title=f"The untrained model's next letter after “{text[-20:]}”",
             caption=f"All {len(probabilities)} letters alike would get {1 / len(probabilities):.3f} each, and a loss "
                     f"of ln {len(probabilities)} = {math.log(len(probabilities)):.1f}.{says}"),
    ]  # fmt: skip
