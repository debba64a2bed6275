"""Your function on 300 text messages, each with a length, a number of digits and a share of capital letters."""

import torch

from exercises.drawings import Table, histogram
from exercises.texts import labelled_messages

FEATURES = ("characters", "digits", "capitals, in %")


def features(text):
    capitals = sum(c.isupper() for c in text) / len(text)
    return [len(text), sum(c.isdigit() for c in text), 100 * capitals]


def draw(impl):
    X = torch.tensor([features(text) for _, text in labelled_messages()[:300]], dtype=torch.float32)
    Z = impl.standardize(X)

    def rows(values):
        means, deviations = values.mean(dim=0), values.std(dim=0, unbiased=False)
        return [[f"{abs(float(means[i])):.2f}", f"{float(deviations[i]):.2f}"] for i in range(3)]

    table = [[name, *before, *after] for name, before, after in zip(FEATURES, rows(X), rows(Z), strict=True)]
    longest = int(X[:, 0].argmax())
    return [
        Table(["feature", "mean", "deviation", "mean after", "deviation after"], table, title="Before and after",
              caption="After it, a step of 1 means one standard deviation in each column, whatever its unit was."),
        histogram(Z[:, 0].tolist(), -3, 3, title="Lengths of the messages, standardized",
                  caption=f"The longest has {int(X[longest, 0])} characters, {float(Z[longest, 0]):.1f} deviations "
                          "above the mean. The shape of the distribution stays; only its place and width change."),
    ]  # fmt: skip
