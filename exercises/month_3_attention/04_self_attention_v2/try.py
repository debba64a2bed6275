"""Your linear layers on a sentence, and your copy of their weights into the first version of the class."""

import torch

from exercises.drawings import HeatMap, Table
from exercises.kit import Text, sentences


def draw(impl, text: Text[1, 200] = "The ferry was late, so the ferryman waited for the mail."):
    from parts import SelfAttention_v1

    tokens = sentences.words(text)
    x = sentences.word_vectors(tokens)
    second = impl.SelfAttention_v2(x.shape[1], sentences.MAX_WORDS)
    first = SelfAttention_v1(x.shape[1], sentences.MAX_WORDS)
    query, key = sentences.same_letters()
    for name, matrix in (("W_query", query), ("W_key", key), ("W_value", sentences.position_values())):
        sentences.set_projection(second, name, matrix)
    with torch.no_grad():
        weights = second(x)[:, : len(tokens)]
        before = float((first(x) - second(x)).abs().max())
        impl.copy_weights(first, second)
        after = float((first(x) - second(x)).abs().max())
    shapes = [[name, str(tuple(getattr(first, name).shape)), str(tuple(getattr(second, name).weight.shape))]
              for name in ("W_query", "W_key", "W_value")]  # fmt: skip
    same = "they compute the same" if after < 1e-5 else "they still differ"
    return [
        HeatMap(weights, tokens, tokens, title="Your layers, with weights that compare the letters of words",
                caption=f"“{tokens[-1]}” looks {sentences.strongest(tokens, weights[-1])}. {sentences.sums(weights)}"),
        Table(["", "SelfAttention_v1", "SelfAttention_v2"], shapes, title="The shapes of the weights",
              caption=f"nn.Linear stores the transposed matrix. Before the copy the outputs differ by up to "
                      f"{before:.2g}; after it {same}."),
    ]  # fmt: skip
