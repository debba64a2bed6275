"""What your functions say about GPT-2 and a longer context, beside what PyTorch counts in a real forward pass."""

import torch
from torch.utils.flop_counter import FlopCounterMode

from exercises.drawings import Bars, Table
from exercises.kit import Int

CFG = {"vocab_size": 50257, "context_length": 1024, "emb_dim": 768, "n_heads": 12, "n_layers": 12, "drop_rate": 0.0,
       "qkv_bias": False}  # fmt: skip
SIZES = {"small": (768, 12, 12), "medium": (1024, 24, 16), "large": (1280, 36, 20), "xl": (1600, 48, 25)}


def counted(cfg, context):
    """The operations for a token that PyTorch counts, on a model without memory for its weights."""
    from parts import GPTModel

    with torch.device("meta"):
        model, ids = GPTModel(cfg).eval(), torch.zeros(1, context, dtype=torch.long)
    with FlopCounterMode(display=False) as counter:
        model(ids)
    return counter.get_total_flops() / context


def draw(impl, context: Int[1, 1024] = 1024):
    rows, small = [], {**CFG, "n_layers": 2}
    for name, (emb_dim, layers, heads) in SIZES.items():
        cfg = {**CFG, "emb_dim": emb_dim, "n_layers": layers, "n_heads": heads}
        flops, cache = impl.flops_per_token(cfg, context), impl.kv_cache_bytes(cfg, 1, context)
        training = impl.training_bytes(cfg, "adamw")
        rows.append([f"gpt2-{name}", f"{flops / 1e9:.2f}", f"{cache / 1e6:.1f}", f"{training / 1e9:.2f}"])
    lengths = [256, 1024, 4096, 16384]
    shares = [100 * (1 - impl.flops_per_token(CFG, 0) / impl.flops_per_token(CFG, n)) for n in lengths]
    mine, right = impl.flops_per_token(small, context), counted(small, context)
    growth = f"From {lengths[0]} to {lengths[-1]:,} tokens it grows from {shares[0]:.0f}% to {shares[-1]:.0f}%."
    return [
        Table(["model", "GFLOP per token", "MB of cache", "GB to train"], rows, title=f"GPT-2 at {context} tokens",
              caption="Training with AdamW in float32, without activations."),
        Bars(["yours", "FlopCounterMode"], [float(mine) / 1e6, right / 1e6], unit=" million",
             title="Operations for a token, two layers of GPT-2", caption=f"They differ by {abs(mine - right):g}."),
        Bars([f"{n:,} tokens" for n in lengths], shares, unit="%", title="Share of the scores in gpt2-small",
             caption=growth),
    ]  # fmt: skip
