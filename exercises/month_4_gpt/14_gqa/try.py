"""Your class on a sentence, and in the sizes of real models: how small the cache of shared keys and values is."""

import torch

from exercises.drawings import Bars, HeatMap, Table
from exercises.kit import Int, Text, sentences

# width, layers, query heads, heads of keys and values, as published with the models
MODELS = {
    "SmolLM2-135M": (576, 30, 9, 3),
    "Llama 2 7B": (4096, 32, 32, 32),
    "Mistral 7B": (4096, 32, 32, 8),
    "Llama 3 8B": (4096, 32, 32, 8),
    "Llama 3 70B": (8192, 80, 64, 8),
}


def heads_of(impl, words):
    """The weights of the last word in four heads: the first two share keys that stand for letters, the others keys that
    stand for positions. W_value passes on positions, so the context vectors are the weights: (4, T)."""
    x, size = sentences.word_vectors(words), sentences.MAX_WORDS
    (letters, key), (before, position) = sentences.same_letters(), sentences.word_before()
    attention = impl.GroupedQueryAttention(x.shape[1], 4 * size, 0.0, 4, 2).eval()
    sentences.set_projection(attention, "W_query", torch.cat([letters, letters * 0.3, before, before * 0.3], dim=1))
    sentences.set_projection(attention, "W_key", torch.cat([key, position], dim=1))
    sentences.set_projection(attention, "W_value", torch.cat([sentences.position_values()] * 2, dim=1))
    sentences.set_projection(attention, "out_proj", torch.eye(4 * size))
    with torch.no_grad():
        return attention(x[None])[0, -1].view(4, size)[:, : len(words)]


def draw(impl, text: Text[1, 200] = "The ferry was late, so the ferryman saw the", tokens: Int[1, 131072] = 8192):
    words = sentences.words(text)
    heads_seen = heads_of(impl, words)
    strongest = " and ".join(f"head {i + 1} {sentences.strongest(words, heads_seen[i])}" for i in (0, 2))
    rows, sizes, shared = [], [], []
    for name, (width, layers, heads, groups) in MODELS.items():
        with torch.device("meta"):
            attention = impl.GroupedQueryAttention(width, width, 0.0, heads, groups)
            full = impl.GroupedQueryAttention(width, width, 0.0, heads, heads)
        kept = [2 * module.W_key.weight.shape[0] * layers * 2 for module in (attention, full)]  # bytes in 16 bits
        weights = [sum(p.numel() for p in module.parameters()) for module in (attention, full)]
        sizes.append(kept[0] * tokens / 2**20)
        shared.append(kept[0] / kept[1])
        rows.append([name, heads, groups, f"{kept[0] / 1024:,.0f} KB", f"{sizes[-1]:,.0f} MB",
                     f"{kept[1] * tokens / 2**20:,.0f} MB", f"{weights[0] / weights[1]:.0%}"])  # fmt: skip
    return [
        HeatMap(heads_seen, ["sharp", "blurred", "sharp", "blurred"], words,
                title=f"What “{words[-1]}” looks at in four heads with two groups of keys",
                caption=f"Heads 1 and 2 compare letters, 3 and 4 look for the word before: {strongest}. "
                        f"{sentences.sums(heads_seen)}"),
        Table(["model", "heads", "groups", "per token", "cache", "all heads", "weights"], rows,
              title=f"The cache of {tokens:,} tokens in 16 bits",
              caption="“All heads” is the cache without groups, and “weights” those of your layer compared with it."),
        Bars(list(MODELS), sizes, unit=" MB", title="The same as bars",
             caption=f"Groups save most in {list(MODELS)[shared.index(min(shared))]}: without them, its cache would be "
                     f"{1 / min(shared):.0f} times as large."),
    ]  # fmt: skip
