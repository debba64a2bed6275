"""Small models and loaders for the probes of exercise.toml."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from exercises.kit import DeviceWatch, fill, token_ids


class ExampleModel(nn.Module):
    """The model of the worked example: after every token the probabilities are 1/2, 1/4, 1/8, 1/16, 1/16."""

    def __init__(self):
        super().__init__()
        self.logits = nn.Parameter(torch.tensor([8.0, 4.0, 2.0, 1.0, 1.0]).log())

    def forward(self, idx):
        return self.logits.expand(*idx.shape, 5)


class RunningModel(nn.Module):
    """A model whose logits depend on all tokens so far, as those of a GPT."""

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(5, 5)
        fill(self)

    def forward(self, idx):
        return self.table(idx).cumsum(dim=1)


def loader_of(inputs, targets, size=2):
    return DataLoader(TensorDataset(inputs, targets), batch_size=size)


def texts(count):
    """Inputs and targets of some texts of three tokens; the targets are the inputs shifted by one token."""
    ids = token_ids(count, 4, vocab_size=5)
    return ids[:, :-1].contiguous(), ids[:, 1:].contiguous()


def loader(count, size):
    return loader_of(*texts(count), size=size)


def example_loader():
    """Three batches with the losses ln 2, ln 4 and ln 16."""
    targets = torch.tensor([[0, 0], [0, 0], [1, 1], [1, 1], [3, 3], [3, 3]])
    return loader_of(torch.zeros_like(targets) + 2, targets)


def empty(impl):
    """The results for an empty loader by num_batches, or how the call raises."""
    results = {}
    for num_batches in (None, 3):
        try:
            results[num_batches] = impl.calc_loss_loader(loader(0, 2), RunningModel(), "cpu", num_batches=num_batches)
        except (ArithmeticError, AssertionError, ValueError) as error:
            results[num_batches] = type(error).__name__
    return results


def kinds(impl):
    """The types of the results for all batches, for some, and for an empty loader, by the call."""
    model = RunningModel()
    results = {
        "calc_loss_loader(data_loader, model, device)": impl.calc_loss_loader(loader(4, 2), model, "cpu"),
        "calc_loss_loader(data_loader, model, device, 1)": impl.calc_loss_loader(loader(4, 2), model, "cpu", 1),
        "calc_loss_loader(empty_loader, model, device)": impl.calc_loss_loader(loader(0, 2), model, "cpu"),
    }
    return {call: "float" if isinstance(x, float) else type(x).__name__ for call, x in results.items()}


def by_name(impl):
    """The result for named arguments and a model in evaluation mode, whose weights have gradients."""
    model = RunningModel().eval()
    model.table.weight.grad = torch.ones(5, 5)
    return impl.calc_loss_loader(data_loader=loader(5, 2), model=model, device="cpu", num_batches=2)


def calls(impl):
    """How often the model is called, by num_batches, for a loader of four batches."""
    counts = {}
    for num_batches in (1, 3, None):
        model = RunningModel()
        calls = []
        model.register_forward_hook(lambda *_, calls=calls: calls.append(1))
        impl.calc_loss_loader(loader(8, 2), model, "cpu", num_batches=num_batches)
        counts[num_batches] = len(calls)
    return counts


def device(impl):
    """Whether a batch stays on the first device, while the model is on a second one."""
    batches = [texts(2), texts(3)]
    with DeviceWatch(*batches[0], *batches[1]) as watch:
        impl.calc_loss_loader(DataLoader(batches, batch_size=None), RunningModel(), torch.device("meta"))
    return watch.unmoved
