"""Probes for `train_toy`. With one batch per epoch the order of the examples does not affect the training."""

import torch
from torch import nn

from exercises.kit import Int, ProbeProblem, fill, numbers, stochastic, summarized_by, token_ids


class Classifier(nn.Module):
    """A small network that records the batches that it is called with in training mode."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 3))
        self.batches = []

    def forward(self, x):
        if self.training:
            self.batches.append(x[:, 0].detach().clone())
        return self.layers(x)


def data(n, seed):
    """n examples of three classes, with random labels."""
    return numbers(n, 2, seed=seed), token_ids(n, vocab_size=3)


def results(result):
    """The three results by name."""
    if not isinstance(result, tuple | list) or len(result) != 3:
        raise ProbeProblem("train_toy should return three things: losses, train_accuracy, test_accuracy.")
    losses, train_accuracy, test_accuracy = result
    if isinstance(test_accuracy, list | tuple):
        raise ProbeProblem("Your third result is a list; the losses should come first.")
    if not isinstance(losses, list | tuple):
        raise ProbeProblem(f"Your losses are a {type(losses).__name__}; they should be a list, and come first.")
    return {"losses": list(losses), "train_accuracy": train_accuracy, "test_accuracy": test_accuracy}


def trained(impl, examples: Int[1, 8] = 6, tests: Int[1, 7] = 5, num_epochs: Int[1, 4] = 2, lr=0.2):
    """The results of a training with one batch per epoch, and the weights afterwards."""
    model = fill(Classifier())
    arguments = (*data(examples, "training"), *data(tests, "test"))
    result = impl.train_toy(model, *arguments, num_epochs=num_epochs, batch_size=examples, lr=lr)
    return results(result) | {"weights": {name: p.detach().clone() for name, p in model.named_parameters()}}


def defaults(impl):
    """The number of losses of a training with the default arguments, and the number of its batches."""
    model = fill(Classifier())
    result = impl.train_toy(model, *data(5, "training"), *data(3, "test"))
    return {"losses": len(results(result)["losses"]), "batches": len(model.batches)}


def batch_properties(data):
    """The sizes of the batches, and for each epoch whether it has all examples, and in their original order."""
    order, x, per_epoch = data["order"], data["x"], len(data["sizes"]) // 3
    epochs = order.split(len(x)) if len(order) == 3 * len(x) else [order]
    return {
        "sizes": data["sizes"][:per_epoch],
        "complete": all(torch.equal(epoch.sort().values, x.sort().values) for epoch in epochs),
        "shuffled": not all(torch.equal(epoch, epochs[0]) for epoch in epochs),
    }


@stochastic
@summarized_by(batch_properties)
def batches(impl, n=11, batch_size=4):
    """The first features of the examples in the order in which three epochs use them, and the sizes of the batches."""
    model = fill(Classifier())
    x, y = data(n, "training")
    impl.train_toy(model, x, y, *data(3, "test"), num_epochs=3, batch_size=batch_size, lr=0.1)
    order = torch.cat(model.batches) if model.batches else torch.zeros(0)
    return {"order": order, "x": x[:, 0], "sizes": [len(batch) for batch in model.batches]}


def changed(impl):
    """Whether training changes the weights of the model, and whether they can still be trained."""
    model, untrained = fill(Classifier()), fill(Classifier())
    impl.train_toy(model, *data(5, "training"), *data(3, "test"))
    pairs = zip(model.parameters(), untrained.parameters(), strict=True)
    return {
        "changed": any(not torch.equal(weight, before) for weight, before in pairs),
        "trainable": all(weight.requires_grad for weight in model.parameters()),
    }


@stochastic
@summarized_by(lambda data: {"learned": data["losses"][-1] < 0.5 * data["losses"][0], "accuracy": data["accuracy"]})
def learned(impl):
    """The first and last loss, and the accuracies, for three clusters of points that are far apart."""
    labels = token_ids(60, vocab_size=3)
    centers = torch.tensor([[2.0, 0.0], [-2.0, 2.0], [-2.0, -2.0]])
    x = centers[labels] + 0.2 * numbers(60, 2, seed="noise")
    result = impl.train_toy(fill(Classifier()), x[:40], labels[:40], x[40:], labels[40:], 20, 4, 0.1)
    found = results(result)
    return {
        "losses": [float(loss) for loss in found["losses"]] or [0.0],
        "accuracy": [float(found["train_accuracy"]), float(found["test_accuracy"])],
    }
