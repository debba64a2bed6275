"""What is asked of a compute_accuracy."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from grader.probing import Int, fill, numbers, token_ids


class Classifier(nn.Module):
    """A linear classifier that remembers how it was called."""

    def __init__(self, inputs=4, classes=3):
        super().__init__()
        self.linear = nn.Linear(inputs, classes)
        self.was_training, self.recording, self.sizes = [], [], []

    def forward(self, x):
        self.was_training.append(self.training)
        self.recording.append(torch.is_grad_enabled())
        self.sizes.append(len(x))
        return self.linear(x)


class Given(nn.Module):
    """Takes its inputs for logits."""

    def forward(self, x):
        return x


def loader(n, size, inputs=4, classes=3):
    """Random examples in batches, the last of which may be smaller."""
    labels = token_ids(n, vocab_size=classes)
    return DataLoader(TensorDataset(numbers(n, inputs, seed="inputs"), labels), batch_size=size)


def given(predictions, labels, size, classes=2):
    """A loader of logits that stand for these predictions."""
    logits = torch.full((len(predictions), classes), -1.5)
    logits[torch.arange(len(predictions)), torch.tensor(predictions)] = 0.25
    return DataLoader(TensorDataset(logits, torch.tensor(labels)), batch_size=size)


def example(impl):
    """The task's example: batches of 2, 2 and 1."""
    return impl.compute_accuracy(Given(), given([0, 1, 1, 1, 0], [0, 1, 1, 0, 1], 2))


def accuracy(impl, examples: Int[1, 12] = 11, size: Int[1, 5] = 4, classes: Int[1, 4] = 3):
    """The accuracy of a linear classifier."""
    return impl.compute_accuracy(fill(Classifier(4, classes)), loader(examples, size, classes=classes))


def square(impl):
    """As many classes as examples in a batch, so that a wrong dimension raises nothing."""
    return impl.compute_accuracy(Given(), given([0, 2, 2, 1, 0, 1], [0, 2, 1, 1, 1, 1], 3, classes=3))


def all_or_none(impl):
    """Everything right, and everything wrong."""
    right = impl.compute_accuracy(Given(), given([0, 1, 1], [0, 1, 1], 2))
    return {"all_right": right, "all_wrong": impl.compute_accuracy(Given(), given([0, 1, 1], [1, 0, 0], 2))}


def called(impl, training=True):
    """How the model was called, and how it is afterwards."""
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
    """Whether gradients are recorded again afterwards."""
    impl.compute_accuracy(fill(Classifier()), loader(5, 2))
    return torch.is_grad_enabled()


def repeated(impl):
    """Two calls alike with another between them."""
    first, other = loader(7, 3), given([0, 1, 1], [0, 1, 1], 2)
    model = fill(Classifier())
    return {
        "first": impl.compute_accuracy(model, first),
        "other": impl.compute_accuracy(Given(), other),
        "again": impl.compute_accuracy(model, first),
    }
