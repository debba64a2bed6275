"""Probes for train_classifier_simple: its results, and a record of what happens to the model in which order."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from exercises.kit import DeviceWatch, Int, ProbeProblem, fill, summarized_by, token_ids

VOCABULARY = 7
LISTS = ("train_losses", "val_losses", "train_accs", "val_accs")


class Classifier(nn.Module):
    """A small classifier that records its calls and the optimizer's, in `events`.

    In training mode its outputs are larger, as with a dropout that is not random. A call is [kind, mode, with
    gradients], and its kind is "trained" if backward reaches it, else "measured".
    """

    def __init__(self):
        super().__init__()
        self.tok_emb = nn.Embedding(VOCABULARY, 4)
        self.out_head = nn.Linear(4, 2)
        self.events = []
        fill(self)

    def forward(self, in_idx):
        event = ["measured", self.training and self.out_head.training, torch.is_grad_enabled()]
        self.events.append(event)
        logits = self.out_head(self.tok_emb(in_idx).cumsum(dim=1)) * (1.5 if self.training else 1.0)
        if logits.requires_grad:
            logits.register_hook(lambda gradient: self.note_backward(event))
        return logits

    def note_backward(self, event):
        event[0] = "trained"
        self.events.append(["backward"])


class RecordedSGD(torch.optim.SGD):
    """SGD that records its calls among the model's events."""

    def __init__(self, model, parameters=None):
        super().__init__(parameters or model.parameters(), lr=0.2, momentum=0.5)
        self.events = model.events

    def zero_grad(self, set_to_none=True):
        self.events.append(["zero_grad"])
        super().zero_grad(set_to_none)

    def step(self, closure=None):
        loss = super().step(closure)  # a closure calls backward before the step
        self.events.append(["step"])
        return loss


def texts(count, length=4):
    return token_ids(count, length, vocab_size=VOCABULARY), token_ids(count, vocab_size=2)


def loader(count, size=3, length=4):
    return DataLoader(TensorDataset(*texts(count, length)), batch_size=size)


def results(result):
    """The four lists and examples_seen by name."""
    names = (*LISTS, "examples_seen")
    if not isinstance(result, tuple | list) or len(result) != 5:
        kind = f"{len(result)} values" if isinstance(result, tuple | list) else f"the type {type(result).__name__}"
        raise ProbeProblem(f"Your function returns {kind}; it should return five values: {', '.join(names)}.")
    for name, values in zip(LISTS, result, strict=False):
        if not isinstance(values, list):
            raise ProbeProblem(f"Your {name} is of type {type(values).__name__}; it should be a list of floats.")
    copies = [list(values) if isinstance(values, list) else values for values in result]  # of this call only
    return dict(zip(names, copies, strict=True))


def train(impl, model, train_loader, val_loader, num_epochs, eval_freq, eval_iter, device="cpu"):
    optimizer = RecordedSGD(model)
    return results(
        impl.train_classifier_simple(
            model, train_loader, val_loader, optimizer, device, num_epochs, eval_freq, eval_iter
        )
    )


def trained(
    impl, count: Int[1, 9] = 7, num_epochs: Int[1, 3] = 2, eval_freq: Int[1, 5] = 2, eval_iter: Int[1, 3] = 2
):  # fmt: skip
    """The five results, and the weights afterwards. The defaults are the worked example."""
    model = Classifier()
    data = train(impl, model, loader(count), loader(5, 2, 5), num_epochs, eval_freq, eval_iter)
    return data | {"weights": {name: weight.detach().clone() for name, weight in model.named_parameters()}}


def by_name(impl):
    """The results for named arguments."""
    model = Classifier()
    return results(
        impl.train_classifier_simple(
            model=model, train_loader=loader(4), val_loader=loader(3), optimizer=RecordedSGD(model), device="cpu",
            num_epochs=1, eval_freq=1, eval_iter=1,
        )
    )  # fmt: skip


def properties(events):
    """Facts about the events that are equal for all correct loops."""
    log = [event[0] for event in events if event[0] in ("zero_grad", "backward", "step")]
    first = {name: log.index(name) if name in log else len(log) for name in ("backward", "step")}
    return {
        "backwards": log.count("backward"),
        "steps": log.count("step"),
        "backward_first": first["backward"] <= first["step"],
        "zero_between": "zero_grad" in log[first["backward"] : first["step"]],
        "updates": [event[1] for event in events if event[0] == "trained"],
        "measured": sorted({tuple(event[1:]) for event in events if event[0] == "measured"}),
    }


@summarized_by(properties)
def events(impl, training=True):
    """The events of two epochs of two batches; `training` is the mode before."""
    model = Classifier().train(training)
    train(impl, model, loader(4), loader(3), 2, 1, 1)
    return model.events


def frozen(impl):
    """The embedding's weights before and after a training with an optimizer of the head only, and requires_grad."""
    model = Classifier()
    model.tok_emb.requires_grad_(False)
    before = model.tok_emb.weight.detach().clone()
    optimizer = RecordedSGD(model, list(model.out_head.parameters()))
    impl.train_classifier_simple(model, loader(4), loader(3), optimizer, "cpu", 1, 1, 1)
    states = {name: weight.requires_grad for name, weight in model.named_parameters()}
    return {"before": before, "after": model.tok_emb.weight.detach().clone(), "trainable": states}


def kinds(impl):
    """The types of the items of each list, and of examples_seen."""
    data = train(impl, Classifier(), loader(4), loader(3), 1, 1, 1)
    found = {
        name: sorted({"float" if isinstance(x, float) else type(x).__name__ for x in data[name]}) for name in LISTS
    }
    return found | {"examples_seen": [type(data["examples_seen"]).__name__]}


def rates(impl):
    """The optimizer's learning rate at each step, and after the training."""
    model, seen = Classifier(), []
    optimizer = RecordedSGD(model)
    optimizer.register_step_pre_hook(lambda optimizer, *_: seen.append(optimizer.param_groups[0]["lr"]))
    impl.train_classifier_simple(model, loader(4), loader(3), optimizer, "cpu", 2, 1, 1)
    return [*seen, optimizer.param_groups[0]["lr"]]


def repeated(impl):
    """The results of two equal trainings."""
    return [train(impl, Classifier(), loader(4), loader(3), 1, 1, 1) for _ in range(2)]


def device(impl):
    """Whether a batch stays on the first device, while the model is on a second one."""
    first, second = texts(2), texts(3)
    with DeviceWatch(*first, *second) as watch:
        loaders = [DataLoader([batch], batch_size=1, collate_fn=lambda items: items[0]) for batch in (first, second)]
        train(impl, Classifier(), *loaders, 1, 1, 1, torch.device("meta"))
    return watch.unmoved
