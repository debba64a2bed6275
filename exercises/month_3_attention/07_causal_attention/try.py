"""Your class on a sentence, once in evaluation and once in training mode with dropout."""

import torch

from exercises.drawings import HeatMap
from exercises.kit import Float, Text, sentences


def draw(
    impl, text: Text[1, 200] = "The ferry was late, so the ferryman waited for the mail.",
    dropout: Float[0, 0.9] = 0.5,
):  # fmt: skip
    tokens = sentences.words(text)
    x = sentences.word_vectors(tokens)
    size = sentences.MAX_WORDS
    attention = impl.CausalAttention(x.shape[1], size, size, dropout)
    query, key = sentences.same_letters(12.0)
    for name, matrix in (("W_query", query), ("W_key", key), ("W_value", sentences.position_values())):
        sentences.set_projection(attention, name, matrix)
    # W_value passes on each word's position, so the context vectors are the attention weights themselves
    with torch.no_grad():
        quiet = attention.eval()(x[None])[0, :, : len(tokens)]
        noisy = attention.train()(x[None])[0, :, : len(tokens)]
    dropped = float((noisy == 0)[quiet > 0].float().mean())
    return [
        HeatMap(sentences.lower_triangle(quiet), tokens, tokens, title="Your weights, which compare letters",
                caption=f"“{tokens[-1]}” looks {sentences.strongest(tokens, quiet[-1])}. {sentences.sums(quiet)}"
                        f"{sentences.leak(quiet)}"),
        HeatMap(noisy, tokens, tokens, title=f"In training mode, with dropout {dropout:g}",
                caption=f"{dropped:.0%} of the weights were dropped, and the last row sums to "
                        f"{float(noisy[-1].sum()):.2f}. On average over many draws, a row should sum to 1."),
    ]  # fmt: skip
