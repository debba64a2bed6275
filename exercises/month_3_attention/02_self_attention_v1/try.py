"""Your class on a sentence, with two sets of weights: one compares letters, one looks for the word before."""

import torch

from exercises.drawings import HeatMap
from exercises.kit import Text, sentences


def draw(impl, text: Text[1, 200] = "The ferry was late, so the ferryman waited for the mail."):
    tokens = sentences.words(text)
    x = sentences.word_vectors(tokens)
    attention = impl.SelfAttention_v1(x.shape[1], sentences.MAX_WORDS)
    drawings = []
    for title, (query, key) in (
        ("W_query and W_key compare letters", sentences.same_letters(16.0)),
        ("W_query turns a position into the one before", sentences.word_before()),
    ):
        sentences.set_projection(attention, "W_query", query)
        sentences.set_projection(attention, "W_key", key)
        # W_value passes on each word's position, so the context vectors are the attention weights themselves
        sentences.set_projection(attention, "W_value", sentences.position_values())
        with torch.no_grad():
            weights = attention(x)[:, : len(tokens)]
        caption = f"“{tokens[-1]}” looks {sentences.strongest(tokens, weights[-1])}. {sentences.sums(weights)}"
        drawings.append(HeatMap(weights, tokens, tokens, title=title, caption=caption))
    return drawings
