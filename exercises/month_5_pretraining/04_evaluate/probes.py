"""Small models and loaders for the probes of exercise.toml, and the probes of the mode and of gradients."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from exercises.kit import DeviceWatch, ProbeProblem, fill, token_ids


class ExampleModel(nn.Module):
    """The model of the worked example: after every token the probabilities are 1/2, 1/4, 1/8, 1/16, 1/16."""

    def __init__(self):
        super().__init__()
        self.logits = nn.Parameter(torch.tensor([8.0, 4.0, 2.0, 1.0, 1.0]).log())

    def forward(self, idx):
        return self.logits.expand(*idx.shape, 5)


class RunningModel(nn.Module):
    """A model whose logits depend on all tokens so far, as those of a GPT. It records how it is called."""

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(5, 5)
        self.dropout = nn.Dropout(0.0)
        self.calls = []
        fill(self)

    def forward(self, idx):
        self.calls.append([self.training, self.dropout.training, torch.is_grad_enabled()])
        return self.dropout(self.table(idx).cumsum(dim=1))


def losses(result):
    """The two losses by name."""
    if isinstance(result, torch.Tensor | dict) or not hasattr(result, "__len__") or len(result) != 2:
        kind = "a dict" if isinstance(result, dict) else "None" if result is None else "not two numbers"
        kind = f"a tuple of {len(result)}" if isinstance(result, tuple) else kind
        raise ProbeProblem(
            f"The result of your evaluate_model is {kind}; it should be two numbers: return train_loss, val_loss."
        )
    return {"train_loss": result[0], "val_loss": result[1]}


def batches(count, size=2):
    """Inputs and targets of some texts of three tokens; the targets are the inputs shifted by one token."""
    ids = token_ids(count, 4, vocab_size=5)
    return TensorDataset(ids[:, :-1].contiguous(), ids[:, 1:].contiguous())


def loader(count):
    return DataLoader(batches(count), batch_size=2)


def example_loader(*targets):
    rows = torch.tensor(targets).repeat_interleave(2).unsqueeze(1).expand(-1, 2).contiguous()
    return DataLoader(TensorDataset(torch.full_like(rows, 2), rows), batch_size=2)


def example_loaders():
    """A loader of three batches with the losses ln 2, ln 4 and ln 16, and one of two with ln 16 and ln 8."""
    return example_loader(0, 1, 3), example_loader(3, 2)


def called(impl):
    """How a model in training mode is called, and its mode and that of its dropout afterwards."""
    model = RunningModel()
    model.table.weight.grad = torch.ones(5, 5)  # of the training step before
    impl.evaluate_model(model, loader(3), loader(5), "cpu", 2)
    gradient = model.table.weight.grad
    return {
        "gradients kept": gradient is not None and bool((gradient == 1).all()),
        "training": [call[:2] for call in model.calls],
        "gradients": [call[2] for call in model.calls],
        "after": [model.training, model.dropout.training],
        "trainable": all(weight.requires_grad for weight in model.parameters()),
        "gradients after": torch.is_grad_enabled(),
    }


def evaluating(impl):
    """The modes in which a model is called that was in evaluation mode before."""
    model = RunningModel().eval()
    impl.evaluate_model(model, loader(3), loader(5), "cpu", 2)
    return [call[:2] for call in model.calls]


def kinds(impl):
    """The types of both losses, and of the losses of empty loaders."""
    model = RunningModel()
    pairs = [impl.evaluate_model(model, loader(n), loader(n), "cpu", 2) for n in (3, 0)]
    values = [loss for pair in pairs for loss in losses(pair).values()]
    return ["float" if isinstance(loss, float) else type(loss).__name__ for loss in values]


def repeated(impl):
    """Two equal calls with a different one between them."""
    sizes = ((5, 3), (2, 6), (5, 3))
    pairs = [impl.evaluate_model(RunningModel(), loader(n), loader(m), "cpu", 2) for n, m in sizes]
    return [list(losses(pair).values()) for pair in pairs]


def device(impl):
    """Whether a batch stays on the first device, while the model is on a second one."""
    data = [[part[i : i + 2].clone() for part in batches(4).tensors] for i in (0, 2)]
    loaders = [DataLoader([pair], batch_size=None) for pair in data]
    with DeviceWatch(*data[0], *data[1]) as watch:
        impl.evaluate_model(RunningModel(), *loaders, torch.device("meta"), 1)
    return watch.unmoved
