"""Probes for `pretrain_run`. Correct solutions differ in their random numbers, so the data are properties of a run."""

import math
import tempfile
from pathlib import Path

import torch
from torch import nn
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook
from torch.overrides import TorchFunctionMode

from exercises.kit import ProbeProblem, TrainingProgress, TrainingWatch, stochastic, summarized_by

LENGTH = 8
SPLIT = 188
# The held-out tenth is in upper case, the rest in lower case: 23 windows for training, 2 for validation.
TEXT = "".join("abcdefghijkl "[(7 * i + i * i % 11) % 13] for i in range(SPLIT)) + "ABCDEFGHEFGHABCDHGFED"
BATCH = 7
UPDATES = 3  # per epoch
START = "bad"


class Characters:
    """Every character of a text is a token."""

    def __init__(self, text):
        self.characters = sorted(set(text))

    def encode(self, text, allowed_special=(), disallowed_special=()):
        return [self.characters.index(character) for character in text]

    def decode(self, ids):
        return "".join(self.characters[i] for i in ids)


def settings(tokenizer, **changes):
    cfg = {"vocab_size": len(tokenizer.characters), "context_length": LENGTH, "emb_dim": 8, "n_heads": 2,
           "n_layers": 1, "drop_rate": 0.0, "qkv_bias": False}  # fmt: skip
    return cfg | changes


def run(impl, path, num_epochs, text=TEXT, batch_size=BATCH, lr=0.004, **changes):
    """(model, val_losses, sample), after checking their types."""
    tokenizer = Characters(text)
    cfg = settings(tokenizer, **changes)
    result = impl.pretrain_run(text, tokenizer, cfg, str(path), num_epochs, START, batch_size=batch_size, lr=lr)
    if not isinstance(result, tuple) or len(result) != 3:
        raise ProbeProblem("pretrain_run should return three things: model, val_losses, sample.")
    model, val_losses, sample = result
    if not isinstance(model, nn.Module):
        raise ProbeProblem("The first returned object should be the model, a torch.nn.Module.")
    if not isinstance(val_losses, list):
        kind = type(val_losses).__name__
        raise ProbeProblem(f"The second returned object is a {kind}; it should be a list of floats.")
    if not isinstance(sample, str):
        raise ProbeProblem(f"The third returned object is a {type(sample).__name__}; the sample should be a str.")
    return model, val_losses, sample


def logits(model, ids):
    with torch.no_grad():
        return model(ids)


def loss_of(model, windows=None):
    """The loss on the first windows of the last tenth of TEXT, or on all, in evaluation mode."""
    ids = torch.tensor(Characters(TEXT).encode(TEXT[SPLIT:]))
    starts = range(0, len(ids) - LENGTH, LENGTH)[:windows]
    inputs, targets = (torch.stack([ids[s + shift : s + shift + LENGTH] for s in starts]) for shift in (0, 1))
    return nn.functional.cross_entropy(logits(model.eval(), inputs).flatten(0, 1), targets.flatten()).item()


def state(model):
    return {name: value.detach().clone() for name, value in model.named_parameters()}


class Steps:
    """While entered, counts the steps of all optimizers. `began` has the first values of their parameters, and
    `remembered` the number of steps that AdamW itself has counted."""

    def __init__(self):
        self.updates, self.remembered, self.began = 0, 0, {}

    def __enter__(self):
        self.hooks = register_optimizer_step_pre_hook(self.before), register_optimizer_step_post_hook(self.after)
        return self

    def __exit__(self, *error):
        for hook in self.hooks:
            hook.remove()

    def before(self, optimizer, *arguments):
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                self.began.setdefault(parameter, parameter.detach().clone())

    def after(self, optimizer, *arguments):
        self.updates += 1
        self.remembered = max((int(each["step"]) for each in optimizer.state.values() if "step" in each), default=0)


def training_properties(data):
    """Properties of two epochs: the windows of each, their order, and the optimizer."""
    held_out, inputs = set(data["held_out"]), data["inputs"]
    rows = [tuple(row) for batch in inputs for row in batch.reshape(-1, batch.shape[-1]).tolist()]
    epochs = rows[: len(rows) // 2], rows[len(rows) // 2 :]
    windows = {tuple(window) for window in data["windows"]}
    seen = {i for batch in [*inputs, *data["targets"]] for i in batch.flatten().tolist()}
    return {
        "updates": data["updates"],
        "losses": data["losses"],
        "held_out": bool(seen & held_out),
        "shapes": sorted({tuple(batch.shape) for batch in inputs}),
        "windows": all(row in windows for row in rows),
        "once": all(len(epoch) <= len(windows) for epoch in epochs),
        "shuffled": epochs[0] != epochs[1] or not rows,
        "optimizers": data["optimizers"],
        "rates": data["rates"],
        "dropout": all(data["dropouts"]),
        "accumulated": data["accumulated"],
    }


@stochastic
@summarized_by(training_properties)
def trained(impl):
    """Records of two epochs of training: batches, updates and the optimizer."""
    tokenizer = Characters(TEXT)
    ids = tokenizer.encode(TEXT[:SPLIT])
    with tempfile.TemporaryDirectory() as folder, TrainingWatch() as watch:
        _, losses, _ = run(impl, f"{folder}/run.pth", 2, drop_rate=0.1)
    return {
        "inputs": watch.inputs,
        "targets": watch.targets,
        "updates": watch.updates,
        "held_out": tokenizer.encode("ABCDEFGH"),
        "windows": [ids[start : start + LENGTH] for start in range(0, SPLIT - LENGTH, LENGTH)],
        "losses": len(losses),
        "optimizers": [type(optimizer).__name__ for optimizer in watch.optimizers],
        "rates": [optimizer.param_groups[0]["lr"] for optimizer in watch.optimizers],
        "dropouts": sorted(watch.dropouts),
        "accumulated": watch.accumulated,
    }


def kind_of_loss(losses, expected):
    """Whether the last loss is "right", "nan" or "wrong"."""
    last = losses[-1] if losses else math.inf
    return "nan" if math.isnan(last) else "right" if abs(last - expected) < 1e-3 else "wrong"


def result_properties(data):
    """Whether the returned loss and sample are those of the returned model."""
    return {
        "training": data["training"],
        "losses": data["kinds"],
        "loss": kind_of_loss(data["losses"], data["expected"]),
        "starts": data["sample"].startswith(START),
        "length": max(9, min(len(data["sample"]) - len(START), 11)),
        "sample": data["sample"] == data["greedy"],
    }


@stochastic
@summarized_by(result_properties)
def result(impl):
    """The three results of a run with dropout, and the validation loss and the sample of the returned model."""
    tokenizer = Characters(TEXT)
    with tempfile.TemporaryDirectory() as folder:
        model, val_losses, sample = run(impl, f"{folder}/run.pth", 1, lr=0.1, drop_rate=0.5)
    training = any(part.training for part in model.modules())
    model.eval()
    idx = torch.tensor([tokenizer.encode(START)])
    for _ in range(10):
        idx = torch.cat([idx, logits(model, idx[:, -LENGTH:])[:, -1:].argmax(-1)], dim=1)
    return {
        "training": training,
        "kinds": [type(loss).__name__ for loss in val_losses],
        "losses": [float(loss) for loss in val_losses],
        "expected": loss_of(model),
        "sample": sample,
        "greedy": tokenizer.decode(idx[0].tolist()),
    }


def validated_kind(data):
    """Whether the loss is "right", "nan", "wrong" or that of the "first" batch."""
    kind = kind_of_loss([data["loss"]], data["expected"])
    return "first" if kind == "wrong" and kind_of_loss([data["loss"]], data["first"]) == "right" else kind


@stochastic
@summarized_by(validated_kind)
def validated(impl):
    """The validation loss where each of its two windows is a batch, and that of the returned model."""
    with tempfile.TemporaryDirectory() as folder:
        model, losses, _ = run(impl, f"{folder}/run.pth", 1, batch_size=1)
    loss = float(losses[-1]) if losses else math.inf
    return {"loss": loss, "expected": loss_of(model), "first": loss_of(model, windows=1)}


def by_name(impl):
    """The number of losses, and the start of the sample, for named arguments and no epochs."""
    tokenizer = Characters(TEXT)
    with tempfile.TemporaryDirectory() as folder:
        _, losses, sample = impl.pretrain_run(
            lr=0.004, batch_size=22, start_context=START, num_epochs=0, path=f"{folder}/run.pth",
            cfg=settings(tokenizer), tokenizer=tokenizer, text=TEXT,
        )  # fmt: skip
    return [len(losses), sample[: len(START)]]


def resumed_properties(data):
    """Whether the second call continues from the weights of the first, and the third returns those of the second."""
    first, began, second, third = (data[name] for name in ("first", "began", "second", "third"))
    return {
        "written": data["written"],
        "losses": data["losses"],
        "updates": data["updates"],
        "continued": all(torch.equal(first[name], began[name]) for name in began if name in first),
        "adam_steps": data["adam_steps"],
        "restored": all(torch.equal(second[name], third[name]) for name in second),
        "reordered": not torch.equal(*data["inputs"]),
    }


@stochastic
@summarized_by(resumed_properties)
def resumed(impl):
    """One epoch, then one more to a total of two, then a call with nothing left to do, with the same file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "run.pth")
        with TrainingWatch() as watch:
            first, first_losses, _ = run(impl, path, 1)
        written = path.is_file()
        with Steps() as steps, TrainingWatch() as second_watch:
            second, second_losses, _ = run(impl, path, 2)
        with Steps() as idle:
            third, third_losses, _ = run(impl, path, 2)
    return {
        "written": written,
        "losses": [len(losses) for losses in (first_losses, second_losses, third_losses)],
        "updates": [steps.updates, idle.updates],
        "first": state(first),
        "began": {name: steps.began[p] for name, p in second.named_parameters() if p in steps.began},
        "adam_steps": steps.remembered,
        "second": state(second),
        "third": state(third),
        "inputs": [torch.cat([*each.inputs, torch.zeros(0)]) for each in (watch, second_watch)],
    }


class Stop(Exception):
    """The run is interrupted."""


class StopAfter(TorchFunctionMode):
    """While entered, raises Stop at a call of `backward`."""

    def __init__(self, updates):
        super().__init__()
        self.left = updates

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if func is torch.Tensor.backward:
            self.left -= 1
            if self.left < 0:
                raise Stop
        return func(*args, **(kwargs or {}))


@stochastic
def interrupted(impl):
    """A run that stops in the middle of its second epoch, and is started again: what it still does."""
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/run.pth"
        try:
            with StopAfter(UPDATES + 1):
                run(impl, path, 2)
        except Stop:
            pass
        with Steps() as steps:
            _, losses, _ = run(impl, path, 2)
    return {"updates": steps.updates, "losses": len(losses), "adam_steps": steps.remembered}


@stochastic
def learn(impl, text, cfg, num_epochs, batch_size, lr):
    """Trains on a longer text, with a stop after the first epoch; reports the progress. Returns all losses."""
    tokenizer = Characters(text)
    windows = len(range(0, len(text) * 9 // 10 - cfg["context_length"], cfg["context_length"]))
    with tempfile.TemporaryDirectory() as folder, TrainingProgress(num_epochs * (windows // batch_size)):
        losses = []
        for epochs in (1, num_epochs):
            _, new, _ = impl.pretrain_run(
                text, tokenizer, {**cfg, "vocab_size": len(tokenizer.characters)}, f"{folder}/run.pth", epochs, "The ",
                batch_size=batch_size, lr=lr,
            )  # fmt: skip
            losses += new
    return losses
