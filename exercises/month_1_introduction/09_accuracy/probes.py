"""Probes for `compute_accuracy`."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from exercises.kit import Int, fill, numbers, token_ids


class Classifier(nn.Module):
    """A linear classifier that records how it is called."""

    def __init__(self, inputs=4, classes=3):
        super().__init__()
        self.linear = nn.Linear(inputs, classes)
        self.was_training, self.recording, self.sizes = [], [], []

    def forward(self, x):
        self.was_training.append(self.training)
        self.recording.append(torch.is_grad_enabled())
        self.sizes.append(len(x))
        return self.linear(x)


class Identity(nn.Module):
    """Returns its inputs as logits."""

    def forward(self, x):
        return x


def loader(n, size, inputs=4, classes=3):
    """A loader of random examples; the last batch can be smaller."""
    labels = token_ids(n, vocab_size=classes)
    return DataLoader(TensorDataset(numbers(n, inputs, seed="inputs"), labels), batch_size=size)


def logits_loader(predictions, labels, size, classes=2):
    """A loader of logits whose argmax are the given predictions."""
    logits = torch.full((len(predictions), classes), -1.5)
    logits[torch.arange(len(predictions)), torch.tensor(predictions)] = 0.25
    return DataLoader(TensorDataset(logits, torch.tensor(labels)), batch_size=size)


def example(impl):
    """The worked example, with batches of 2, 2 and 1."""
    return impl.compute_accuracy(Identity(), logits_loader([0, 1, 1, 1, 0], [0, 1, 1, 0, 1], 2))


def accuracy(impl, examples: Int[1, 12] = 11, size: Int[1, 5] = 4, classes: Int[1, 4] = 3):
    """The accuracy of a linear classifier."""
    return impl.compute_accuracy(fill(Classifier(4, classes)), loader(examples, size, classes=classes))


def square(impl):
    """As many classes as examples in a batch, for which a wrong dimension raises no error."""
    return impl.compute_accuracy(Identity(), logits_loader([0, 2, 2, 1, 0, 1], [0, 2, 1, 1, 1, 1], 3, classes=3))


def all_or_none(impl):
    """The accuracy when all predictions are right, and when all are wrong."""
    right = impl.compute_accuracy(Identity(), logits_loader([0, 1, 1], [0, 1, 1], 2))
    return {"all_right": right, "all_wrong": impl.compute_accuracy(Identity(), logits_loader([0, 1, 1], [1, 0, 0], 2))}


def called(impl, training=True):
    """How the model is called, and its state afterwards."""
    model = fill(Classifier()).train(training)
    impl.compute_accuracy(model, loader(5, 2))
    return {
        "was_training": model.was_training,
        "recording": model.recording,
        "sizes": model.sizes,
        "gradients": [parameter.grad is not None for parameter in model.parameters()],
        "frozen": [not parameter.requires_grad for parameter in model.parameters()],
    }


def recording_after(impl):
    """Whether gradients are enabled after the call."""
    impl.compute_accuracy(fill(Classifier()), loader(5, 2))
    return torch.is_grad_enabled()


def repeated(impl):
    """Two equal calls with a different one between them."""
    first, other = loader(7, 3), logits_loader([0, 1, 1], [0, 1, 1], 2)
    model = fill(Classifier())
    return {
        "first": impl.compute_accuracy(model, first),
        "other": impl.compute_accuracy(Identity(), other),
        "again": impl.compute_accuracy(model, first),
    }
