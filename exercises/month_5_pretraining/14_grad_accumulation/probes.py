"""Probes for `train_accumulated`."""

import torch
from torch import nn

from exercises.kit import Int, fill, summarized_by, token_ids

VOCABULARY = 5
# for each batch: its number of texts and their length, and how many of its first targets do not count
SIZES = ((2, 4, 5), (1, 3, 0), (3, 2, 1), (2, 5, 8), (1, 1, 0), (2, 3, 2), (1, 6, 3), (3, 3, 0))


class SmallModel(nn.Module):
    """A language model whose logits depend on all tokens so far; it logs its calls and those of backward."""

    def __init__(self):
        super().__init__()
        self.tok_emb = nn.Embedding(VOCABULARY, 3)
        self.dropout = nn.Dropout(0.0)
        self.out_head = nn.Linear(3, VOCABULARY)
        self.log, self.modes = [], []
        fill(self)

    def forward(self, idx):
        self.log.append("model")
        self.modes.append(self.training and self.dropout.training)
        logits = self.out_head(self.dropout(self.tok_emb(idx).cumsum(dim=1)))
        if logits.requires_grad:
            logits.register_hook(lambda gradient: self.log.append("backward"))
        return logits


class LoggedSGD(torch.optim.SGD):
    """SGD that logs its calls in the model's log."""

    def __init__(self, model):
        super().__init__(model.parameters(), lr=0.5, momentum=0.5)
        self.log = model.log

    def zero_grad(self, set_to_none=True):
        self.log.append("zero_grad")
        super().zero_grad(set_to_none)

    def step(self, closure=None):
        self.log.append("step")
        return super().step(closure)


def batches(count, masked=True):
    """Batches of different sizes, in which different shares of the targets are -100."""
    made = []
    for rows, length, ignored in SIZES[:count]:
        ids = token_ids(rows, length + 1, vocab_size=VOCABULARY)
        targets = ids[:, 1:].clone()
        if masked:
            targets.view(-1)[:ignored] = -100
        made.append((ids[:, :-1].clone(), targets))
    return made


def weights(model):
    return {name: parameter.detach().clone() for name, parameter in model.named_parameters()}


def trained(impl, count: Int[1, 8] = 4, k: Int[1, 5] = 2):
    """The weights after training."""
    model = SmallModel()
    impl.train_accumulated(model, batches(count), LoggedSGD(model), k)
    return weights(model)


def equal_sizes(impl):
    """The weights after training with four equal batches without -100, k = 2."""
    model = SmallModel()
    data = [(ids[:, :-1].clone(), ids[:, 1:].clone()) for ids in token_ids(4, 2, 4, vocab_size=VOCABULARY)]
    impl.train_accumulated(model, data, LoggedSGD(model), 2)
    return weights(model)


def unmasked(impl):
    """The weights after training with batches of different sizes without -100, k = 2."""
    model = SmallModel()
    impl.train_accumulated(model, batches(4, masked=False), LoggedSGD(model), 2)
    return weights(model)


def large_batch(impl):
    """The weights after one step with three batches, and after one step with all their texts in one batch."""
    ids = token_ids(6, 4, vocab_size=VOCABULARY)
    inputs, targets = ids[:, :-1].clone(), ids[:, 1:].clone()
    targets[0, :2] = targets[4:, :1] = -100
    small, large = SmallModel(), SmallModel()
    parts = list(zip(inputs.split([1, 3, 2]), targets.split([1, 3, 2]), strict=True))
    impl.train_accumulated(small, [(x.clone(), y.clone()) for x, y in parts], LoggedSGD(small), 3)
    impl.train_accumulated(large, [(inputs, targets)], LoggedSGD(large), 1)
    return {"small": weights(small), "large": weights(large)}


def log_properties(log):
    """The numbers of calls, and the first group that loses gradients. A reset before the first backward of a group
    and one after its step are the same."""
    groups = " ".join(log).split("step")
    lost = [number for number, group in enumerate(groups[:-1], 1) if "zero_grad" in group.partition("backward")[2]]
    return {
        "models": log.count("model"),
        "backwards": log.count("backward"),
        "steps": log.count("step"),
        "lost": lost[0] if lost else 0,
    }


@summarized_by(log_properties)
def log(impl, count=5, k=2):
    """The calls of the model, of backward, step and zero_grad, in order."""
    model = SmallModel()
    impl.train_accumulated(model, batches(count), LoggedSGD(model), k)
    return model.log


def in_memory(impl):
    """The most batches whose backward is due at the same time."""
    model = SmallModel()
    impl.train_accumulated(model, batches(4), LoggedSGD(model), 2)
    return max(part.count("model") for part in " ".join(model.log).split("backward"))


def modes(impl):
    """Whether the model was in training mode at each call and is afterwards."""
    model = SmallModel()
    impl.train_accumulated(model, batches(3), LoggedSGD(model), 2)
    return [*model.modes, model.training]


def frozen(impl):
    """The weights of the embedding before and after a training whose optimizer does not hold them, whether all weights
    can still be trained, and the learning rate, which is 0.5 before."""
    model = SmallModel()
    before = weights(model.tok_emb)
    optimizer = torch.optim.SGD(model.out_head.parameters(), lr=0.5)
    impl.train_accumulated(model, batches(4), optimizer, 2)
    trainable = all(parameter.requires_grad for parameter in model.parameters())
    return {
        "before": before,
        "after": weights(model.tok_emb),
        "trainable": trainable,
        "rate": optimizer.param_groups[0]["lr"],
    }


def again(impl):
    """The weights after two trainings of equal models, one after the other."""
    results = []
    for _ in range(2):
        model = SmallModel()
        impl.train_accumulated(model, batches(3), LoggedSGD(model), 2)
        results.append(weights(model))
    return results


def by_name(impl):
    """The weights after training with named arguments."""
    model = SmallModel()
    impl.train_accumulated(k=2, optimizer=LoggedSGD(model), batches=batches(3), model=model)
    return weights(model)
