"""Your measure on a model of letters: how windows and strides change the perplexity of the same text."""

import torch

from exercises.drawings import Bars, Curves
from exercises.kit import letters
from exercises.texts import short_story

SIZES = (2, 3, 4, 6, 8, 12, 16, 32)


def draw(impl):
    ids = torch.tensor(letters.encode(short_story()))
    cut = 9 * len(ids) // 10
    text = letters.decode(ids[:cut])
    new = ids[cut:][:200]
    models = [letters.LetterModel(text, order) for order in range(4)]
    values = [float(impl.perplexity(model, new, 32, 16)) for model in models]
    apart = [(size, float(impl.perplexity(models[3], new, size, size))) for size in SIZES]
    overlapping = [(size, float(impl.perplexity(models[3], new, size, 1))) for size in SIZES]
    best = values.index(min(values))
    return [
        Bars([f"{order} letters before" for order in range(4)], values, title="Models that know more letters before",
             caption=f"{best} letters before are best on this text: in effect the model chooses among "
                     f"{values[best]:.1f} letters instead of {values[0]:.1f}."),
        Curves({"stride = window": apart, "stride 1": overlapping}, x="tokens in a window", y="perplexity",
               title="The same model and text, with different windows",
               caption=f"With windows of {SIZES[1]} that do not overlap it is {apart[1][1]:.2f}, with stride 1 "
                       f"{overlapping[1][1]:.2f}: the first tokens of a window lack the letters before. Compare "
                       "perplexities only with equal windows."),
    ]  # fmt: skip
