"""Small classifiers and loaders for the probes."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from exercises.kit import CommonProbes, DeviceWatch, Int, numbers, token_ids


class Running(nn.Module):
    """The logits of a token are the sum of a table's rows of all tokens so far, so they differ at each token."""

    def __init__(self, table):
        super().__init__()
        register = self.register_parameter if isinstance(table, nn.Parameter) else self.register_buffer
        register("table", table)  # the common probes pass a tensor, which must get the gradients itself

    def forward(self, idx):
        return self.table[idx].cumsum(dim=1)


class Logged(Running):
    """Records how it is called."""

    def __init__(self, table):
        super().__init__(table)
        self.was_training, self.recording, self.sizes = [], [], []

    def forward(self, idx):
        self.was_training.append(self.training)
        self.recording.append(torch.is_grad_enabled())
        self.sizes.append(len(idx))
        return super().forward(idx)


def table(vocabulary, classes, scale=1.0):
    return nn.Parameter(numbers(vocabulary, classes, seed="table") * scale)


def batch(size, length, vocabulary=6, classes=2):
    labels = token_ids(size, vocab_size=classes * 7) % classes
    return token_ids(size, length, vocab_size=vocabulary), labels


def loader(texts, size, length=4, classes=2):
    return DataLoader(TensorDataset(*batch(texts, length, classes=classes)), batch_size=size)


def example_model():
    return Running(nn.Parameter(torch.tensor([[1.0, 0.0], [0.0, 2.0], [0.0, 0.0]])))


def example_loader(size):
    """The three texts of the worked example."""
    texts = torch.tensor([[0, 1, 2], [1, 0, 2], [0, 0, 2]])
    return DataLoader(TensorDataset(texts, torch.tensor([1, 0, 0])), batch_size=size)


def example_loss(impl):
    """The loss of the first batch of the worked example."""
    inputs, targets = next(iter(example_loader(2)))
    return impl.calc_loss_batch(inputs, targets, example_model(), "cpu")


def example_accuracy(impl):
    """The accuracy of the worked example."""
    return impl.calc_accuracy_loader(example_loader(2), example_model(), "cpu")


def all_right(impl):
    """The accuracy where all predictions are right, and where none is."""
    inputs = torch.tensor([[1, 2], [2, 0], [0, 1]])
    labels = torch.tensor([1, 0, 1])
    return {
        name: impl.calc_accuracy_loader(DataLoader(TensorDataset(inputs, right), batch_size=2), example_model(), "cpu")
        for name, right in (("all", labels), ("no", 1 - labels))
    }


def loss(impl, size: Int[1, 5] = 3, length: Int[1, 5] = 4, classes: Int[2, 4] = 2, scale: Int[1, 100] = 1):
    """The loss of a batch."""
    model = Running(table(6, classes, scale))
    return impl.calc_loss_batch(*batch(size, length, classes=classes), model, torch.device("cpu"))


def accuracy(impl, texts: Int[1, 12] = 11, size: Int[1, 5] = 4, length: Int[1, 5] = 4, classes: Int[2, 4] = 2):
    """The accuracy on all batches of a loader."""
    return impl.calc_accuracy_loader(loader(texts, size, length, classes), Running(table(6, classes)), "cpu")


def limited(impl, num_batches: Int[1, 9] = 2, texts: Int[5, 12] = 11, size: Int[2, 4] = 3):
    """The accuracy on the first batches."""
    model = Running(table(6, 3))
    return impl.calc_accuracy_loader(loader(texts, size, classes=3), model, "cpu", num_batches=num_batches)


def square(impl):
    """The accuracy where B, T and C are equal, so that a wrong dimension raises no error."""
    return impl.calc_accuracy_loader(loader(6, 3, length=3, classes=3), Running(table(6, 3)), "cpu")


def square_loss(impl):
    """The loss where B, T and C are equal."""
    return impl.calc_loss_batch(*batch(3, 3, classes=3), Running(table(6, 3)), "cpu")


def by_name(impl):
    """Both functions with named arguments."""
    inputs, targets = batch(3, 4)
    model = Running(table(6, 2)).eval()
    return {
        "loss": impl.calc_loss_batch(input_batch=inputs, target_batch=targets, model=model, device="cpu"),
        "accuracy": impl.calc_accuracy_loader(data_loader=loader(5, 2), model=model, device="cpu", num_batches=2),
    }


def called(impl, training=True):
    """How the accuracy calls the model, and the model's state afterwards."""
    model = Logged(table(6, 2)).train(training)
    impl.calc_accuracy_loader(loader(5, 2), model, "cpu")
    return {
        "was_training": model.was_training,
        "recording": model.recording,
        "sizes": model.sizes,
        "gradients": model.table.grad is not None,
        "trainable": model.table.requires_grad,
        "enabled": torch.is_grad_enabled(),
    }


def loss_modes(impl):
    """The mode of the model in and after the loss, for both modes before."""
    results = []
    for training in (True, False):
        model = Logged(table(6, 2)).train(training)
        impl.calc_loss_batch(*batch(3, 4), model, "cpu")
        results.append([*model.was_training, model.training])
    return results


def is_float(impl):
    """The types of the accuracy, of some and of all batches."""
    model = Running(table(6, 2))
    results = [impl.calc_accuracy_loader(loader(5, 2), model, "cpu", n) for n in (None, 1)]
    return ["float" if isinstance(x, float) else type(x).__name__ for x in results]


def repeated(impl):
    """Two equal calls with a different one between them."""
    model = Running(table(6, 2))
    loaders = [loader(7, 3), loader(12, 5, length=2), loader(7, 3)]
    return [impl.calc_accuracy_loader(batches, model, "cpu") for batches in loaders]


def devices(impl):
    """Whether a batch stays on the first device, while the model is on a second one."""
    unmoved = {}
    for name in ("calc_loss_batch", "calc_accuracy_loader"):
        inputs, targets = batch(2, 3)
        model, device = Running(table(6, 2)), torch.device("meta")
        with DeviceWatch(inputs, targets) as watch:
            if name == "calc_loss_batch":
                impl.calc_loss_batch(inputs, targets, model, device)
            else:
                batches = DataLoader([(inputs, targets)], batch_size=1, collate_fn=lambda items: items[0])
                impl.calc_accuracy_loader(batches, model, device)
        unmoved[name] = watch.unmoved
    return unmoved


common = CommonProbes(
    lambda impl: (
        lambda inputs, targets, weights: impl.calc_loss_batch(inputs, targets, Running(weights), weights.device)
    ),
    (*batch(2, 3), numbers(6, 2)),
    (*batch(3, 4, classes=3), numbers(6, 3) + 1),
    (*batch(1, 2), numbers(6, 2)),
    fixed=(1,),
)
