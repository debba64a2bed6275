"""Your window: what each word can see, how far several blocks reach, and the caches of real models."""

import torch

from exercises.drawings import Bars, HeatMap, Table
from exercises.kit import Int, Text, fill, numbers, sentences

# layers, of these with a window, W, groups and size of a head, as published with the models
MODELS = {
    "Mistral 7B": (32, 32, 4096, 8, 128),
    "Gemma 3 4B": (34, 29, 1024, 4, 256),
    "gpt-oss 20b": (24, 12, 128, 8, 64),
}


def visible(impl, length, window):
    """Returns which tokens each token's output depends on, found by changing one token after the other: (T, T)."""
    module = fill(impl.MultiHeadAttentionWithSWA(8, 8, 0.0, 2, False, window)).eval()
    x = numbers(1, length, 8)
    with torch.no_grad():
        plain = module(x)[0]
        changed = [module(x + (torch.arange(length) == j)[:, None])[0] for j in range(length)]
    return torch.stack([((other - plain).abs() > 1e-6).any(-1) for other in changed], dim=1)


def draw(
    impl,
    text: Text[1, 200] = "The ferry was late, so the ferryman read his book until the bell rang",
    window: Int[1, 12] = 4,
    tokens: Int[1, 131072] = 32768,
):
    words = sentences.words(text)
    seen = visible(impl, len(words), window)
    reach, reached = torch.eye(len(words), dtype=torch.bool), []
    for _ in range(6):  # blocks
        reach = (seen.float() @ reach.float()) > 0
        reached.append(int(reach[-1].sum()))
    cells = [[1.0 if cell else None for cell in row] for row in seen.tolist()]
    first = words[int(seen[-1].int().argmax())]
    rows = []
    for name, (layers, with_window, size, groups, width) in MODELS.items():
        per_token = 2 * groups * width * 2  # keys and values, in 16 bits
        full = layers * tokens * per_token
        cut = (with_window * min(tokens, size) + (layers - with_window) * tokens) * per_token
        rows.append([name, f"{with_window} of {layers}", size, f"{full / 2**20:,.0f} MB", f"{cut / 2**20:,.0f} MB"])
    return [
        HeatMap(cells, words, words, digits=0, title=f"What each word sees with W = {window}",
                caption=f"Row: the word that looks. “{words[-1]}” sees {int(seen[-1].sum())}, from “{first}” on."),
        Bars([f"{n} block{'s' * (n > 1)}" for n in range(1, 7)], reached, unit=" words",
             title=f"On how many words the output of “{words[-1]}” depends after several blocks",
             caption=f"{len(words)} words in all; each block passes on what its window holds."),
        Table(["model", "blocks with window", "W", "without", "with window"], rows,
              title=f"The cache of {tokens:,} tokens in 16 bits",
              caption="The blocks without a window still keep all tokens."),
    ]  # fmt: skip
