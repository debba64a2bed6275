"""Probes for `train_epoch`."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from exercises.kit import Int, fill, numbers, token_ids


class Classifier(nn.Module):
    """A small network that records its mode at each call."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3))
        self.was_training = []

    def forward(self, x):
        self.was_training.append(self.training and self.layers.training)
        return self.layers(x)


class LoggedSGD(torch.optim.SGD):
    """SGD that logs the calls of zero_grad and step."""

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
    """A loader of random examples without shuffling; the last batch can be smaller."""
    x = numbers(examples, 4, seed="inputs") * 1.5
    y = token_ids(examples, vocab_size=3)
    return DataLoader(TensorDataset(x, y), batch_size=size)


def weights(model):
    return {name: parameter.detach().clone() for name, parameter in model.named_parameters()}


def sgd(model):
    return torch.optim.SGD(model.parameters(), lr=0.3, momentum=0.5)


def trained(impl, examples: Int[1, 10] = 8, size: Int[1, 5] = 4, epochs: Int[1, 2] = 2):
    """The weights after some epochs, and the loss of each epoch."""
    model = fill(Classifier())
    optimizer = sgd(model)
    loader = batches(examples, size)
    losses = [impl.train_epoch(model, loader, optimizer) for _ in range(epochs)]
    return {"weights": weights(model), "losses": losses}


def frozen(impl):
    """The weights of the first layer, before and after an epoch in which the optimizer holds only the last layer."""
    model = fill(Classifier())
    before = weights(model.layers[0])
    impl.train_epoch(model, batches(8, 4), torch.optim.SGD(model.layers[2].parameters(), lr=0.3))
    return {"before": before, "after": weights(model.layers[0])}


def loss(impl):
    """The loss of an epoch whose last batch is smaller, and whether it is a Python float."""
    model = fill(Classifier())
    result = impl.train_epoch(model, batches(9, 4), sgd(model))
    return {"loss": result, "is_float": isinstance(result, float)}


def mode(impl, training=False):
    """Whether the model is in training mode at each batch; `training` is its mode before the call."""
    model = fill(Classifier()).train(training)
    impl.train_epoch(model, batches(8, 4), sgd(model))
    return model.was_training


def order(impl):
    """The calls of zero_grad, backward and step, in order."""
    log = []
    model = fill(Classifier())
    model.layers[2].bias.register_hook(lambda gradient: log.append("backward"))
    impl.train_epoch(model, batches(8, 4), LoggedSGD(model.parameters(), log))
    return log
