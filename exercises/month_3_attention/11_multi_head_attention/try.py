"""Heads of your class on a sentence: two with weights made by hand, and two with the weights of the model pocket."""

import torch

from exercises.drawings import HeatMap, visible
from exercises.kit import Text, pocket, sentences

HEADS = ("compares the letters of words", "looks for the word before")
SIZE = sentences.MAX_WORDS


def weights_of(impl, x, projections, size):
    """The attention weights of each head, (heads, T, T), for inputs x (T, d): the positions of the tokens are appended
    to x and passed on by W_value, so the context vectors are the weights themselves."""
    length, d = x.shape
    heads = len(projections)
    attention = impl.MultiHeadAttention(d + size, heads * size, size, 0.0, heads).eval()
    x = torch.cat([x, torch.eye(size)[:length]], dim=1)
    for name, index in (("W_query", 0), ("W_key", 1)):
        matrix = torch.zeros(d + size, heads * size)
        matrix[:d] = torch.cat([pair[index] for pair in projections], dim=1)
        sentences.set_projection(attention, name, matrix)
    passed_on = torch.cat([torch.zeros(d, size), torch.eye(size)])
    sentences.set_projection(attention, "W_value", torch.cat([passed_on] * heads, dim=1))
    sentences.set_projection(attention, "out_proj", torch.eye(heads * size))
    with torch.no_grad():
        return attention(x[None])[0].view(length, heads, size)[:, :, :length].transpose(0, 1)


def draw(impl, text: Text[1, 200] = "The ferry was late, so the ferryman waited for the mail."):
    tokens = sentences.words(text)
    made = weights_of(impl, sentences.word_vectors(tokens), [sentences.same_letters(), sentences.word_before()], SIZE)
    pictures = [(tokens, w, f"A head that {does}") for w, does in zip(made, HEADS, strict=True)]
    model = pocket.get()
    if model is not None and len(model.ids) > 1:
        query, key = (model.weights[f"trf_blocks.0.att.W_{name}.weight"].T for name in ("query", "key"))
        size = query.shape[1] // model.n_heads
        pairs = list(zip(query.split(size, 1), key.split(size, 1), strict=True))
        trained = weights_of(impl, model.first_input(), pairs, size)
        # the weight that each head gives to the token before, on average: the lowest and the highest differ most
        before = trained.diagonal(offset=-1, dim1=1, dim2=2).mean(dim=1)
        for head in dict.fromkeys((int(before.argmax()), int(before.argmin()))):
            title = f"Head {head + 1} of pocket's first layer: {float(before[head]):.0%} on the token before"
            pictures.append(([visible(piece) for piece in model.pieces], trained[head], title))
    drawings = []
    for names, weights, title in pictures:
        caption = f"The last token, “{names[-1]}”, looks {sentences.strongest(names, weights[-1])}. "
        caption += sentences.sums(weights) + sentences.leak(weights)
        drawings.append(HeatMap(sentences.lower_triangle(weights), names, names, title=title, caption=caption))
    return drawings
