"""Your attention in blocks on a sentence: the same weights as with all scores at once, and what it saves."""

import torch

from exercises.drawings import Bars, HeatMap, Table
from exercises.kit import Int, Text, numbers, sentences


def draw(
    impl, text: Text[1, 200] = "The ferry was late, so the ferryman waited for the mail.",
    block_size: Int[1, 16] = 4,
):  # fmt: skip
    tokens = sentences.words(text)
    x = sentences.letter_vectors(tokens)
    positions = torch.eye(sentences.MAX_WORDS)[: len(tokens)]
    # the values are positions, so the result is the attention weights themselves
    weights = impl.flash_attention(5 * x, 5 * x, positions, block_size)[:, : len(tokens)]
    q, k, v = (numbers(64, 16, seed=name) for name in "qkv")
    scores = (40 * q @ k.T / 4).masked_fill(torch.ones(64, 64).triu(1).bool(), -torch.inf)
    exact = scores.softmax(dim=-1) @ v
    rows = []
    for size in (1, 3, 16, 64):
        difference = float((impl.flash_attention(40 * q, k, v, size) - exact).abs().max())
        rows.append([size, "less than 0.0001" if difference < 1e-4 else f"{difference:.2g}"])
    lengths = (1024, 4096, 16_384, 65_536)
    return [
        HeatMap(sentences.lower_triangle(weights), tokens, tokens, title=f"Your weights, {block_size} keys at a time",
                caption=f"“{tokens[-1]}” looks {sentences.strongest(tokens, weights[-1])}. {sentences.sums(weights)}"
                        f"{sentences.leak(weights)}"),
        Table(["block size", "largest difference"], rows, title="64 tokens, compared with all scores at once",
              caption=f"The largest score is {float(scores.max()):.0f}. In float32, exp overflows from 89 on, so the "
                      "running maximum must be subtracted in each block."),
        Bars([f"{length:,} tokens" for length in lengths], [length**2 * 4 / 2**20 for length in lengths], unit=" MB",
             title="All scores of one head in float32, which blocks never store",
             caption=f"With blocks of 128 keys, {lengths[-1]:,} tokens need "
                     f"{lengths[-1] * 128 * 4 / 2**20:.0f} MB at a time: it grows with the length, not its square."),
    ]  # fmt: skip
