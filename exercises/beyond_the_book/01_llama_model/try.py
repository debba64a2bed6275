"""Your model in three sizes: where their weights are, and which positions it can tell apart."""

import torch

from exercises.drawings import Bars, Curves, Table
from exercises.kit import Int, fill

# vocab_size, emb_dim, n_heads, n_kv_groups, n_layers, hidden_dim
MODELS = {
    "pocket's sizes": (2048, 192, 6, 2, 6, 512),
    "SmolLM2-135M": (49152, 576, 9, 3, 30, 1536),
    "SmolLM2-360M": (49152, 960, 15, 5, 32, 2560),
}
KEYS = ("vocab_size", "emb_dim", "n_heads", "n_kv_groups", "n_layers", "hidden_dim")
OTHER = {"context_length": 64, "rope_base": 10_000.0, "dtype": torch.float32, "rope_freq": None}


def count(module):
    return sum(parameter.numel() for parameter in module.parameters())


def draw(impl, distance: Int[1, 30] = 12):
    rows, shares = [], {}
    for name, sizes in MODELS.items():
        cfg = dict(zip(KEYS, sizes, strict=True))
        vocabulary, layers = cfg["vocab_size"], cfg["n_layers"]
        model = impl.Llama3Model({**cfg, **OTHER, "vocab_size": 1, "n_layers": 1})  # the rest is multiplied
        model.out_head.weight = model.tok_emb.weight
        block = model.trf_blocks[0]
        att, ff = layers * count(block.att), layers * count(block.ff)
        total = count(model) + (layers - 1) * count(block) + (vocabulary - 1) * cfg["emb_dim"]
        shares[name] = 100 * ff / total
        rows.append([name, f"{total / 1e6:,.1f} million", f"{(total - att - ff) / total:.0%}", f"{att / total:.0%}",
                     f"{ff / total:.0%}"])  # fmt: skip
    small = {"vocab_size": 30, "emb_dim": 16, "n_heads": 2, "n_kv_groups": 1, "n_layers": 1, "hidden_dim": 16}
    model = fill(impl.Llama3Model({**small, **OTHER})).eval()
    ids = torch.full((31,), 3)
    moves = []
    with torch.no_grad():
        plain = model(ids[None])[0, -1]
        for back in range(1, 31):  # the same other token, ever farther before the last one
            changed = ids.clone()
            changed[-1 - back] = 7
            moves.append((back, float((model(changed[None])[0, -1] - plain).norm())))
        same = float((model(ids[None])[0] - plain).abs().max())
    return [
        Table(["model", "weights", "embeddings and norms", "attention", "feed-forward"], rows,
              title="Your model in three sizes",
              caption="Counted in one of your blocks, times the number of blocks; out_head is tied."),
        Bars(list(MODELS), list(shares.values()), unit="%", title="Share of the feed-forward networks",
             caption="Most weights of a Llama are in its SwiGLU networks."),
        Curves({"change": moves}, x="distance", title="One different token among equal ones, seen from the last",
               caption=f"Rotation alone tells how far away it is: at distance {distance} the logits move by "
                       f"{dict(moves)[distance]:.2f}, at 1 by {moves[0][1]:.2f}. For equal tokens they differ by "
                       f"{same:.3f} between positions."),
    ]  # fmt: skip
