"""Your layer norm on the words of a sentence, whose vectors have very different sizes and means."""

import torch

from exercises.drawings import HeatMap, Table
from exercises.kit import Text, sentences


def draw(impl, text: Text[1, 200] = "The ferry was late, so the ferryman waited for the mail."):
    tokens = sentences.words(text)
    vectors = sentences.letter_vectors(tokens)
    sizes = 2.0 ** torch.arange(len(tokens)) / 8
    x = vectors * sizes[:, None] + torch.arange(len(tokens))[:, None]
    with torch.no_grad():
        y = impl.LayerNorm(sentences.LETTERS)(x)

    def statistics(row):
        return [f"{abs(float(row.mean())):.2f}", f"{float(row.var(unbiased=False)):,.4g}"]

    rows = [[token, *statistics(before), *statistics(after)] for token, before, after in zip(tokens, x, y, strict=True)]
    change = float((y - y.mean(dim=1, keepdim=True)).abs().max())
    return [
        Table(["token", "|mean|", "variance", "|mean| after", "variance after"], rows, title="Before and after",
              caption=f"The sizes differed by a factor of {float(sizes[-1] / sizes[0]):,.0f}; the largest number is "
                      f"now {change:.2f}. Each token is normalized by its own mean and variance."),
        HeatMap(y[:, :12], tokens, digits=1, title="What is left: the pattern of each vector, at one scale",
                caption="The first 12 numbers of each. Equal words have nearly equal patterns at any size."),
    ]  # fmt: skip
