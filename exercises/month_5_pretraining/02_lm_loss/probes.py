"""Small models and batches for the probes of exercise.toml, and the probes of the device and the mode."""

import torch
from torch import nn

from exercises.kit import DeviceWatch, numbers, token_ids


class Bigrams(nn.Module):
    """The logits of a token depend on this token only: they are a row of the table."""

    def __init__(self, table):
        super().__init__()
        register = self.register_parameter if isinstance(table, nn.Parameter) else self.register_buffer
        register("table", table)  # the common probes pass a tensor, which must get the gradients itself

    def forward(self, idx):
        return self.table[idx]


class Running(Bigrams):
    """The logits of a token depend on the tokens before it too, as in a GPT."""

    def forward(self, idx):
        return self.table[idx].cumsum(dim=1)


def batch(size, length, vocabulary):
    """Returns inputs and targets, (B, T) each: the targets are the inputs shifted by one token."""
    ids = token_ids(size, length + 1, vocab_size=vocabulary)
    return ids[:, :-1].contiguous(), ids[:, 1:].contiguous()


def loss_of(calc_loss_batch, size, length, vocabulary, scale=1.0):
    model = Running(nn.Parameter(numbers(vocabulary, vocabulary) * scale))
    return calc_loss_batch(*batch(size, length, vocabulary), model, torch.device("cpu"))


def example_model():
    return Bigrams(nn.Parameter(torch.tensor([[2.0, 1.0, 0.0], [0.0, 0.0, 0.0], [0.0, 1.0, 3.0]])))


def by_name(impl):
    """The loss for named arguments and a model in evaluation mode, whose weights have gradients."""
    inputs, targets = batch(2, 3, 5)
    model = Running(nn.Parameter(numbers(5, 5))).eval()
    model.table.grad = torch.ones(5, 5)
    return impl.calc_loss_batch(input_batch=inputs, target_batch=targets, model=model, device="cpu")


def unmoved(impl):
    """Which of the batches stay on the first device, while the model is on a second one."""
    names = {"inputs": 0, "targets": 1}
    for name, index in names.items():
        batches = batch(2, 3, 5)
        with DeviceWatch(batches[index]) as watch:
            impl.calc_loss_batch(*batches, Running(nn.Parameter(numbers(5, 5))), torch.device("meta"))
        names[name] = watch.unmoved
    return names
