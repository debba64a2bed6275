"""Your softmax on the scores of a next word, at any temperature, and on scores that overflow."""

import torch

from exercises.drawings import Bars, Curves, Table
from exercises.kit import Float

WORDS = ("mat", "sofa", "roof", "moon", "theory", "of")
SCORES = (4.0, 3.2, 2.1, 0.5, -1.0, -2.5)


def draw(impl, temperature: Float[0.05, 20] = 1.0):
    scores = torch.tensor(SCORES)
    now = impl.softmax(scores / temperature)
    curves = {t: impl.softmax(scores / t) for t in [0.1 * 1.15**i for i in range(34)]}
    cold, hot = curves[min(curves)], curves[max(curves)]
    lines = {word: [(t, float(row[i])) for t, row in curves.items()] for i, word in enumerate(WORDS[:4])}
    huge = torch.tensor([1000.0, 999.0, -1000.0])
    naive = torch.exp(huge) / torch.exp(huge).sum()
    rows = [[f"{value:g}" for value in row] for row in zip(*map(list, (huge, naive, impl.softmax(huge))), strict=True)]
    return [
        Bars([f"… sat on the {word}" for word in WORDS], now, title=f"The cat …, at temperature {temperature:g}",
             caption=f"They sum to {float(now.sum()):.4g}. “{WORDS[int(now.argmax())]}” gets {float(now.max()):.1%}."),
        Curves(lines, x="temperature", y="probability", title="The same scores at other temperatures",
               caption=f"At 0.1, “mat” gets {float(cold[0]):.1%}; at 10 it gets {float(hot[0]):.1%}, and the least "
                       f"probable word, “of”, {float(hot[-1]):.1%}. Softmax never reorders the words."),
        Table(["score", "without the shift", "yours"], rows, title="Scores that overflow",
              caption="exp(1000) is inf and inf / inf is nan. Subtracting the largest score first avoids both."),
    ]  # fmt: skip
