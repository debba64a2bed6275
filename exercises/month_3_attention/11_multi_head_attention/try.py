"""Three heads of your class on a sentence: one compares letters, one looks for the word before, one has no weights."""

import torch

from exercises.drawings import HeatMap
from exercises.kit import Text, sentences

HEADS = ("compares the letters of words", "looks for the word before", "has zero weights")
SIZE = sentences.MAX_WORDS


def draw(impl, text: Text[1, 200] = "The ferry was late, so the ferryman waited for the mail."):
    tokens = sentences.words(text)
    x = sentences.word_vectors(tokens)
    attention = impl.MultiHeadAttention(x.shape[1], 3 * SIZE, SIZE, 0.0, 3).eval()
    nothing = torch.zeros(x.shape[1], SIZE)
    queries, keys = zip(sentences.same_letters(), sentences.word_before(), (nothing, nothing), strict=True)
    sentences.set_projection(attention, "W_query", torch.cat(queries, dim=1))
    sentences.set_projection(attention, "W_key", torch.cat(keys, dim=1))
    sentences.set_projection(attention, "W_value", torch.cat([sentences.position_values()] * 3, dim=1))
    sentences.set_projection(attention, "out_proj", torch.eye(3 * SIZE))
    # W_value passes on each word's position, so the context vectors are the attention weights themselves
    context = attention(x[None])[0].detach()
    drawings = []
    for number, purpose in enumerate(HEADS):
        weights = context[:, number * SIZE :][:, : len(tokens)]
        caption = f"The last word, “{tokens[-1]}”, looks {sentences.strongest(tokens, weights[-1])}. "
        caption += sentences.sums(weights) + sentences.leak(weights)
        drawings.append(HeatMap(sentences.lower_triangle(weights), tokens, tokens, caption=caption,
                                title=f"Head {number + 1} {purpose}"))  # fmt: skip
    return drawings
