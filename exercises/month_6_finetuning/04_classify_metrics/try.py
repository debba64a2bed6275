"""Your two measures on real messages: a model that counts words, and three that do not look at the text."""

from collections import Counter

import torch
from torch.utils.data import DataLoader

from exercises.drawings import Bars, Table
from exercises.kit import Int
from exercises.texts import labelled_messages

LENGTH = 32


class CountedWords(torch.nn.Module):
    """Sums the evidence of each word for ham and for spam; the last position knows the whole message."""

    def __init__(self, evidence):
        super().__init__()
        self.evidence = evidence  # (V, 2)

    def forward(self, ids):
        return self.evidence[ids].cumsum(dim=1)


def draw(impl, trained_on: Int[10, 1000] = 400):
    messages = [(label == "spam", text.lower().split()) for label, text in labelled_messages()]
    train, test = messages[:trained_on], messages[1000:]
    vocab = {word: i + 1 for i, word in enumerate(sorted({word for _, words in train for word in words}))}
    totals = [Counter(word for spam, words in train if spam == kind for word in words) for kind in (False, True)]
    evidence = torch.zeros(len(vocab) + 1, 2)
    for word, i in vocab.items():
        for kind, counts in enumerate(totals):
            evidence[i, kind] = (counts[word] + 0.3) / (counts.total() + 0.3 * len(vocab))
    evidence[1:] = evidence[1:].log()
    prior = torch.tensor([[0.0, 0.0]])
    zeros = torch.zeros_like(evidence)
    models = {
        "counted words": CountedWords(evidence),
        "always ham": CountedWords(zeros + torch.tensor([1.0, 0.0])),
        "always spam": CountedWords(zeros + torch.tensor([0.0, 1.0])),
        "no opinion": CountedWords(zeros + prior),
    }

    def loader(part):
        ids = [[vocab.get(word, 0) for word in words][:LENGTH] for _, words in part]
        inputs = torch.tensor([[0] * (LENGTH - len(row)) + row for row in ids])  # padded at the front
        return DataLoader(list(zip(inputs, torch.tensor([int(spam) for spam, _ in part]), strict=True)), batch_size=50)

    rows = []
    for name, model in models.items():
        accuracies = [float(impl.calc_accuracy_loader(loader(part), model, "cpu")) for part in (train, test)]
        losses = [float(impl.calc_loss_batch(*batch, model, "cpu")) for batch in loader(test)]
        rows.append([name, f"{accuracies[0]:.1%}", f"{accuracies[1]:.1%}", f"{sum(losses) / len(losses):.2f}"])
    return [
        Table(["model", "train accuracy", "test accuracy", "test loss"], rows, title="Four models, by your functions",
              caption="“Always ham” is often right, since most messages are ham: compare with it, not with 50%."),
        Bars([row[0] for row in rows], [float(row[2][:-1]) for row in rows], unit="%", title="Test accuracy",
             caption=f"Counting the words of {len(train)} messages gets {rows[0][2]} of {len(test)} new ones right."),
    ]  # fmt: skip
