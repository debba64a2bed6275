"""What is asked of a train_epoch."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from grader.probing import Int, fill, numbers, token_ids


class Classifier(nn.Module):
    """A small network that remembers whether it was in training mode when it was called."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3))
        self.was_training = []

    def forward(self, x):
        self.was_training.append(self.training and self.layers.training)
        return self.layers(x)


class Counted(torch.optim.SGD):
    """SGD that remembers in which order it is used."""

    def __init__(self, parameters, log):
        super().__init__(parameters, lr=0.3, momentum=0.5)
        self.log = log

    def zero_grad(self, set_to_none=True):
        self.log.append("zero_grad")
        super().zero_grad(set_to_none)

    def step(self, closure=None):
        result = super().step(closure)
        self.log.append("step")
        return result


def batches(examples, size):
    """A loader over the same examples in the same order; the last batch may be smaller."""
    x = numbers(examples, 4, seed="inputs") * 1.5
    y = token_ids(examples, vocab_size=3)
    return DataLoader(TensorDataset(x, y), batch_size=size)


def weights(model):
    return {name: parameter.detach().clone() for name, parameter in model.named_parameters()}


def sgd(model):
    return torch.optim.SGD(model.parameters(), lr=0.3, momentum=0.5)


def trained(impl, examples: Int[1, 10] = 8, size: Int[1, 5] = 4, epochs: Int[1, 2] = 2):
    """The weights after some epochs, and each epoch's loss."""
    model = fill(Classifier())
    optimizer = sgd(model)
    loader = batches(examples, size)
    losses = [impl.train_epoch(model, loader, optimizer) for _ in range(epochs)]
    return {"weights": weights(model), "losses": losses}


def frozen(impl):
    """The weights after an epoch with an optimizer that holds the last layer only."""
    model = fill(Classifier())
    impl.train_epoch(model, batches(8, 4), torch.optim.SGD(model.layers[2].parameters(), lr=0.3))
    return weights(model)


def loss(impl):
    """The loss of one epoch over an uneven number of examples, and whether it is a Python float."""
    model = fill(Classifier())
    result = impl.train_epoch(model, batches(9, 4), sgd(model))
    return {"loss": result, "is_float": isinstance(result, float)}


def before(impl):
    """The loss of one batch: the model's before its step."""
    model = fill(Classifier())
    loader = batches(4, 4)
    x, y = next(iter(loader))
    return {"loss": impl.train_epoch(model, loader, sgd(model)), "x": x, "y": y}


def mode(impl, training=False):
    """Whether a model that comes in evaluation (or training) mode is in training mode at each batch."""
    model = fill(Classifier()).train(training)
    impl.train_epoch(model, batches(8, 4), sgd(model))
    return model.was_training


def order(impl):
    """Calls of zero_grad, backward and step in the order in which they come."""
    log = []
    model = fill(Classifier())
    model.layers[2].bias.register_hook(lambda gradient: log.append("backward"))
    impl.train_epoch(model, batches(8, 4), Counted(model.parameters(), log))
    return log
