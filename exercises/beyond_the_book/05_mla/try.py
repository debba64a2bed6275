"""Your latent in pocket's attention: how much a short latent loses, and what it saves."""

import torch

from exercises.drawings import Curves, Table
from exercises.kit import Int, Text, pocket

# d_out, heads, latent, layers, as published with the models
MODELS = {"DeepSeek-V3": (16384, 128, 576, 61), "DeepSeek-V2-Lite": (2048, 16, 576, 27)}


def load(module, weights, latent):
    """Loads pocket's first attention: keys and values become their best approximation of rank `latent`."""
    both = torch.cat([weights["W_key.weight"], weights["W_value.weight"]])
    left, sizes, right = torch.linalg.svd(both, full_matrices=False)
    up, down = left[:, :latent] * sizes[:latent], right[:latent]
    with torch.no_grad():
        module.W_query.weight.copy_(weights["W_query.weight"])
        module.W_DKV.weight.copy_(down)
        module.W_UK.weight.copy_(up[: len(up) // 2])
        module.W_UV.weight.copy_(up[len(up) // 2 :])
        module.out_proj = torch.nn.Identity()  # the heads themselves are compared
    return module.eval()


def attention(x, weights, heads):
    matrices = (weights[f"{name}.weight"] for name in ("W_query", "W_key", "W_value"))
    q, k, v = ((x @ matrix.T).unflatten(-1, (heads, -1)).transpose(1, 2) for matrix in matrices)
    return torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2)


def draw(impl, text: Text[1, 200] = "Once upon a time, a ferry came to the island", tokens: Int[1, 131072] = 32768):
    rows = []
    for name, (d_out, heads, latent, layers) in MODELS.items():
        full, short = (2 * count * layers * tokens / 2**20 for count in (2 * d_out, latent))
        rows.append([name, heads, 2 * d_out, latent, f"{full:,.0f} MB", f"{short:,.0f} MB"])
    table = Table(["model", "heads", "keys and values", "latent", "cache", "with latents"], rows,
                  title=f"Numbers per token and block, and the cache of {tokens:,} tokens in 16 bits",
                  caption="The latent includes the 64 numbers that carry rotary positions.")  # fmt: skip
    model = pocket.get()
    if model is None:
        return [table]
    start = "trf_blocks.0.att."
    weights = {name.removeprefix(start): w for name, w in model.weights.items() if name.startswith(start)}
    x, width = model.first_input()[None], weights["W_query.weight"].shape[0]
    outputs = {}
    with torch.no_grad():
        for latent in (4, 8, 16, 32, 64, 96, 128, 160, width):
            module = impl.MultiHeadLatentAttention(x.shape[-1], width, 0.0, model.n_heads, False, latent)
            outputs[latent] = load(module, weights, latent)(x)
        exact = attention(x, weights, model.n_heads)
    errors = {latent: float((output - exact).norm() / exact.norm()) for latent, output in outputs.items()}
    points = [(latent, 100 * error) for latent, error in errors.items()]
    off = f"With 64 in the latent they are off by {errors[64]:.0%}, with {width} by {errors[width]:.1%}."
    return [
        Curves({"error": points}, x="latent_dim", y="%",
               title="How far your heads are from those of pocket's first attention",
               caption=f"Keys and values take {2 * width} numbers per token. {off}"),
        table,
    ]  # fmt: skip
