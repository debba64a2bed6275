"""Probes for `ToyDataset`."""

import torch
from torch.utils.data import DataLoader

from exercises.kit import Int, ProbeProblem, numbers, token_ids


def features(n, width):
    return numbers(n, width, seed="features")


def dataset(impl, n=5, width=3):
    return impl.ToyDataset(features(n, width), token_ids(n, vocab_size=7))


def item(examples, index):
    """One example as [features, label]."""
    pair = examples[index]
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise ProbeProblem("Your dataset[i] is not a pair; it should be the features and the label.")
    return list(pair)


def plain(label):
    """A label of shape () as a number; any other label unchanged."""
    return label.item() if isinstance(label, torch.Tensor) and not label.dim() else label


def example(impl):
    """The worked example."""
    examples = impl.ToyDataset(torch.tensor([[-1.2, 3.1], [-0.9, 2.9], [2.3, -1.1]]), torch.tensor([0, 0, 1]))
    x, y = item(examples, 2)
    return {"length": len(examples), "features": x, "label": plain(y)}


def length(impl, examples: Int[1, 7] = 5, width: Int[1, 4] = 2):
    """The number of examples."""
    return len(dataset(impl, examples, width))


def items(impl, examples: Int[2, 7] = 5, width: Int[1, 4] = 3):
    """All examples, from the last to the first."""
    data = dataset(impl, examples, width)
    pairs = [item(data, index) for index in reversed(range(examples))]
    return [{"features": x, "label": plain(y)} for x, y in pairs]


def loaded(impl, size: Int[1, 5] = 2):
    """The batches of a DataLoader without shuffling."""
    return [list(batch) for batch in DataLoader(dataset(impl), batch_size=size)]


def types(impl):
    """The dtypes of examples with integer features and float labels, and of float64 features."""
    examples = impl.ToyDataset(torch.tensor([[1, 2], [3, 4]]), torch.tensor([0.25, 0.5]))
    batch = next(iter(DataLoader(examples, batch_size=2)))
    in_double = impl.ToyDataset(features(2, 3).double(), torch.tensor([0, 1]))
    return {"features": batch[0], "labels": batch[1], "double": item(in_double, 1)[0]}


def views(impl):
    """Whether two accesses to the same features share memory."""
    examples = dataset(impl)
    first, second = item(examples, 1)[0], item(examples, 1)[0]
    return first.data_ptr() == second.data_ptr()


def two(impl):
    """An example and the length of a dataset, before and after a second dataset is created."""
    first = dataset(impl, 5)
    before = [len(first), item(first, 1)[0]]
    dataset(impl, 2)
    return {"before": before, "after": [len(first), item(first, 1)[0]]}
