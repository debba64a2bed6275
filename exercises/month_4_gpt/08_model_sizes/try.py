"""The four GPT-2s by your functions, built without memory for their weights."""

import torch

from exercises.drawings import Bars, Table

BASE = {"vocab_size": 50257, "context_length": 1024, "emb_dim": 768, "n_heads": 12, "n_layers": 12, "drop_rate": 0.0,
        "qkv_bias": True}  # fmt: skip
NAMES = ("gpt2-small", "gpt2-medium", "gpt2-large", "gpt2-xl")


def draw(impl):
    from parts import GPTModel

    rows, blocks = [], []
    for name in NAMES:
        cfg = impl.get_config(BASE, name)
        with torch.device("meta"):
            model = GPTModel(cfg)
        count, megabytes = impl.count_parameters(model), float(impl.size_mb(model))
        blocks.append(100 * impl.count_parameters(model.trf_blocks) / count)
        sizes = [f"{megabytes:,.0f}", f"{megabytes / 2:,.0f}"]
        rows.append([name, cfg["emb_dim"], cfg["n_layers"], cfg["n_heads"], count, *sizes])
    return [
        Table(["model", "emb_dim", "layers", "heads", "parameters", "MB", "in 16 bits"], rows, title="The four GPT-2s",
              caption="GPT-2 itself shares one table between tok_emb and the output layer; here both count."),
        Bars(NAMES, [row[4] / 1e6 for row in rows], unit=" million", title="Parameters",
             caption=f"The largest has {rows[-1][4] / rows[0][4]:.1f} times as many as the smallest."),
        Bars(NAMES, blocks, unit="%", title="Share of the transformer blocks",
             caption=f"The rest is nearly all token embeddings and the output layer: {100 - blocks[0]:.0f}% in the "
                     f"smallest model, {100 - blocks[-1]:.0f}% in the largest."),
    ]  # fmt: skip
