"""What is asked of a ToyDataset."""

import torch
from torch.utils.data import DataLoader

from grader.probing import Int, ProbeProblem, numbers, token_ids


def features(n, width):
    return numbers(n, width, seed="features")


def dataset(impl, n=5, width=3):
    return impl.ToyDataset(features(n, width), token_ids(n, vocab_size=7))


def item(made, index):
    """One example as [features, label]."""
    found = made[index]
    if not isinstance(found, tuple | list) or len(found) != 2:
        raise ProbeProblem("dataset[i] should give two things: the features and the label, `return one_x, one_y`.")
    return list(found)


def plain(label):
    """A label as a number; a label that is no single number stays what it is."""
    return label.item() if isinstance(label, torch.Tensor) and not label.dim() else label


def example(impl):
    """The task's example."""
    made = impl.ToyDataset(torch.tensor([[-1.2, 3.1], [-0.9, 2.9], [2.3, -1.1]]), torch.tensor([0, 0, 1]))
    one_x, one_y = item(made, 2)
    return {"length": len(made), "features": one_x, "label": plain(one_y)}


def length(impl, examples: Int[1, 7] = 5, width: Int[1, 4] = 2):
    """How many examples there are."""
    return len(dataset(impl, examples, width))


def items(impl, examples: Int[2, 7] = 5, width: Int[1, 4] = 3):
    """Every example, asked for from the last to the first."""
    made = dataset(impl, examples, width)
    found = [item(made, index) for index in reversed(range(examples))]
    return [{"features": one_x, "label": plain(one_y)} for one_x, one_y in found]


def loaded(impl, size: Int[1, 5] = 2):
    """All batches of a loader that keeps the order."""
    return [list(batch) for batch in DataLoader(dataset(impl), batch_size=size)]


def shuffled(impl):
    """Whether shuffled batches hold every example once, with its own label."""
    generator = torch.Generator().manual_seed(3)
    batches = list(DataLoader(dataset(impl), batch_size=2, shuffle=True, generator=generator))
    rows = torch.cat([torch.cat([x, y.unsqueeze(-1).to(x.dtype)], dim=-1) for x, y in batches])
    return rows[rows[:, 0].argsort()]


def types(impl):
    """A batch of whole-number features and of labels with fractions: both stay what they are."""
    made = impl.ToyDataset(torch.tensor([[1, 2], [3, 4]]), torch.tensor([0.25, 0.5]))
    batch = next(iter(DataLoader(made, batch_size=2)))
    in_double = impl.ToyDataset(features(2, 3).double(), torch.tensor([0, 1]))
    return {"features": batch[0], "labels": batch[1], "double": item(in_double, 1)[0]}


def views(impl):
    """Whether two requests for the same features share their numbers."""
    made = dataset(impl)
    one, other = item(made, 1)[0], item(made, 1)[0]
    return one.data_ptr() == other.data_ptr()


def two(impl):
    """Two datasets, each with its own examples; the first is asked after the second was made."""
    first, second = dataset(impl, 5), dataset(impl, 2)
    return {
        "lengths": [len(first), len(second)],
        "first": item(first, 1)[0],
        "second": item(second, 1)[0],
        "again": item(first, 1)[0],
    }
