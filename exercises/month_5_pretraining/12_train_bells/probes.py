"""Probes for `train_model`: its results, and what the optimizer gets at each step.

TinyGPT scales its logits. In `trained` all gradients are shorter than 1, so clipping has no effect there; in `steps`
they are longer, and the optimizer leaves the weights as they are.
"""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from exercises.kit import DeviceWatch, Int, ProbeProblem, fill, summarized_by, token_ids

VOCABULARY, CONTEXT, START = 7, 8, "Once"
RESULTS = ("train_losses", "val_losses", "track_tokens_seen", "track_lrs")


class Tokenizer:
    """Every character is a token; many characters share an id."""

    def encode(self, text, allowed_special=(), disallowed_special=()):
        return [ord(character) % VOCABULARY for character in text]

    def decode(self, ids):
        return "".join(chr(ord("a") + i) for i in ids)


class TinyGPT(nn.Module):
    """A small language model that records its calls as [trained, in training mode, with gradients]."""

    def __init__(self, scale=1.0):
        super().__init__()
        self.tok_emb = nn.Embedding(VOCABULARY, 4)
        self.pos_emb = nn.Embedding(CONTEXT, 4)
        self.dropout = nn.Dropout(0.0)
        self.out_head = nn.Linear(4, VOCABULARY, bias=False)
        self.scale, self.calls = scale, []
        fill(self)

    def forward(self, in_idx):
        call = [False, self.training and self.dropout.training, torch.is_grad_enabled()]
        is_prompt = in_idx.tolist() == [Tokenizer().encode(START)]
        if not is_prompt:  # the sample is free
            self.calls.append(call)
        x = self.tok_emb(in_idx) + self.pos_emb.weight[: in_idx.shape[1]]
        logits = self.out_head(self.dropout(x)) * self.scale
        if logits.requires_grad:
            logits.register_hook(lambda gradient: call.__setitem__(0, True))
        return logits


class RecordingOptimizer(torch.optim.SGD):
    """Records the rate of each group and the gradient norm at each step; leaves the weights as they are."""

    def __init__(self, model, lr):
        first, *rest = model.parameters()
        super().__init__([{"params": [first]}, {"params": rest}], lr=lr)
        self.rates, self.norms = [], []

    def step(self, closure=None):
        self.rates.append([group["lr"] for group in self.param_groups])
        gradients = [p.grad.flatten() for group in self.param_groups for p in group["params"] if p.grad is not None]
        self.norms.append(torch.cat(gradients).norm().item() if gradients else 0.0)


def loader(count, length=4):
    """Batches of two texts, the last one maybe of one; the targets are the inputs shifted by one token."""
    ids = token_ids(count, length + 1, vocab_size=VOCABULARY)
    return DataLoader(TensorDataset(ids[:, :-1].contiguous(), ids[:, 1:].contiguous()), batch_size=2)


def results(result):
    """The four lists by name."""
    if not isinstance(result, tuple | list) or len(result) != 4:
        amount = "None" if result is None else f"{len(result)} things" if hasattr(result, "__len__") else "one thing"
        raise ProbeProblem(f"Your train_model should return four lists, {', '.join(RESULTS)}; yours returns {amount}.")
    for name, values in zip(RESULTS, result, strict=True):
        if not isinstance(values, list):
            raise ProbeProblem(f"Your {name} is of type {type(values).__name__}; it should be a list.")
    return dict(zip(RESULTS, result, strict=True))


def train(impl, model, optimizer, train_loader, val_loader, n_epochs=2, eval_freq=2, eval_iter=1, warmup_steps=2,
          device="cpu", **rates):  # fmt: skip
    return results(
        impl.train_model(
            model, train_loader, val_loader, optimizer, device, n_epochs, eval_freq, eval_iter, START, Tokenizer(),
            warmup_steps, **rates,
        )
    )  # fmt: skip


def weights(model):
    return {name: weight.detach().clone() for name, weight in model.named_parameters()}


def trained(
    impl, texts: Int[3, 9] = 5, n_epochs: Int[1, 3] = 2, warmup_steps: Int[1, 1] = 1, eval_freq: Int[1, 4] = 2,
    eval_iter: Int[1, 3] = 2,
):  # fmt: skip
    """The four lists, the weights afterwards, and whether they can be trained further. No gradient is longer than 1."""
    model = TinyGPT(scale=0.25)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.5)
    lists = train(impl, model, optimizer, loader(texts), loader(5, 6), n_epochs, eval_freq, eval_iter, warmup_steps,
                  initial_lr=0.1, min_lr=0.02)  # fmt: skip
    trainable = all(weight.requires_grad for weight in model.parameters())
    return lists | {"weights": weights(model), "trainable": trainable}


def example(impl):
    """The rates of the worked example, times 10."""
    model = TinyGPT()
    lists = train(impl, model, RecordingOptimizer(model, 0.5), loader(6), loader(2), initial_lr=0.1, min_lr=0.02)
    return [float(rate) * 10 if isinstance(rate, float | torch.Tensor) else rate for rate in lists["track_lrs"]]


def steps_of(data):
    """The rates of both groups at each step, and the gradient norms, without that of the step at the end of the
    warm-up, which may be clipped or not."""
    first = data["warmup_steps"]
    return {"rates": data["rates"], "norms": [0.0 if i == first else norm for i, norm in enumerate(data["norms"])]}


@summarized_by(steps_of)
def steps(impl):
    """The rate and the gradient norm at each of six steps, the first two of which are the warm-up."""
    model = TinyGPT(scale=20.0)
    optimizer = RecordingOptimizer(model, 4.0)
    train(impl, model, optimizer, loader(4), loader(2), n_epochs=3, initial_lr=1.0, min_lr=0.5)
    return {"rates": optimizer.rates, "norms": optimizer.norms, "warmup_steps": 2}


def end_of_warm_up(impl):
    """The gradient norms of step 0, in the warm-up, and of the step at its end, which has the same batch."""
    model = TinyGPT(scale=20.0)
    optimizer = RecordingOptimizer(model, 4.0)
    train(impl, model, optimizer, loader(4), loader(2), n_epochs=2, initial_lr=1.0, min_lr=0.5)
    return [optimizer.norms[0], optimizer.norms[2]]


def defaults(impl):
    """The first and the last of four rates with the default initial_lr and min_lr, times 100,000."""
    model = TinyGPT()
    optimizer = RecordingOptimizer(model, 1e-4)
    rates = train(impl, model, optimizer, loader(4), loader(2), eval_freq=9, warmup_steps=1)["track_lrs"]
    return [rate * 1e5 for rate in (rates[0], rates[-1])]


def call_properties(calls):
    """Whether all updates were made in training mode, and other calls in evaluation mode without gradients."""
    updates = [call for call in calls if call[0]]
    others = [call for call in calls if not call[0]]
    return {
        "updates": len(updates),
        "trained in training mode": all(call[1] for call in updates),
        "measured in evaluation mode": not any(call[1] for call in others),
        "measured without gradients": not any(call[2] for call in others),
    }


@summarized_by(call_properties)
def calls(impl, training=True):
    """The calls of a model, which is in training mode or not before, in two epochs with an evaluation in each step."""
    model = TinyGPT().train(training)
    train(impl, model, torch.optim.SGD(model.parameters(), lr=0.5), loader(4), loader(3), eval_freq=1)
    return model.calls


def types(impl):
    """The types of the items of each list."""
    model = TinyGPT()
    lists = train(impl, model, RecordingOptimizer(model, 0.5), loader(4), loader(2))
    return {name: sorted({"float" if isinstance(x, float) else type(x).__name__ for x in values})
            for name, values in lists.items()}  # fmt: skip


def repeated(impl):
    """The tokens and the rates of two equal trainings."""
    runs = []
    for _ in range(2):
        model = TinyGPT()
        lists = train(impl, model, RecordingOptimizer(model, 0.5), loader(3), loader(2))
        runs.append([lists["track_tokens_seen"], lists["track_lrs"]])
    return runs


def by_name(impl):
    """The rates and the tokens for named arguments."""
    model = TinyGPT()
    lists = results(
        impl.train_model(
            model=model, train_loader=loader(4), val_loader=loader(2), optimizer=RecordingOptimizer(model, 2.0),
            device="cpu", n_epochs=2, eval_freq=1, eval_iter=1, start_context=START, tokenizer=Tokenizer(),
            warmup_steps=1, initial_lr=0.5, min_lr=0.25,
        )
    )  # fmt: skip
    return [lists["track_lrs"], lists["track_tokens_seen"]]


def device(impl):
    """Whether a batch stays on the first device, while the model is on a second one."""
    batches = [next(iter(loader(2))), next(iter(loader(3)))]
    loaders = [DataLoader([pair], batch_size=None) for pair in batches]
    model = TinyGPT()
    with DeviceWatch(*batches[0], *batches[1]) as watch:
        train(impl, model, RecordingOptimizer(model, 0.5), *loaders, warmup_steps=1, device=torch.device("meta"))
    return watch.unmoved
