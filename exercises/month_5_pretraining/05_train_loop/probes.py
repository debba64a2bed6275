"""Probes for `train_model_simple`: its results, and a record of what happens to the model in which order."""

import contextlib
import io

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from exercises.kit import DeviceWatch, Int, ProbeProblem, fill, summarized_by, token_ids

VOCABULARY, CONTEXT, START, RATE = 7, 6, "Once", 0.2
RESULTS = ("train_losses", "val_losses", "track_tokens_seen")


class Tokenizer:
    """Every character is a token; many characters share an id."""

    def encode(self, text, allowed_special=(), disallowed_special=()):
        return [ord(character) % VOCABULARY for character in text]

    def decode(self, ids):
        return "".join(chr(ord("a") + i) for i in ids)


class TinyGPT(nn.Module):
    """A small language model that records its calls and the optimizer's, in `events`.

    A call is [kind, model in training mode, dropout in training mode, with gradients], and its kind "trained" if
    backward reaches it, "prompt" if its ids are those of START, else "measured".
    """

    def __init__(self):
        super().__init__()
        self.tok_emb = nn.Embedding(VOCABULARY, 4)
        self.pos_emb = nn.Embedding(CONTEXT, 4)
        self.dropout = nn.Dropout(0.0)
        self.out_head = nn.Linear(4, VOCABULARY, bias=False)
        self.events = []
        fill(self)

    def forward(self, in_idx):
        is_prompt = in_idx.tolist() == [Tokenizer().encode(START)]
        kind = "prompt" if is_prompt else "measured"
        event = [kind, self.training, self.dropout.training, torch.is_grad_enabled()]
        self.events.append(event)
        x = self.tok_emb(in_idx) + self.pos_emb.weight[: in_idx.shape[1]]
        logits = self.out_head(self.dropout(x.cumsum(dim=1)))
        if logits.requires_grad:
            logits.register_hook(lambda gradient: self.note_backward(event))
        return logits

    def note_backward(self, event):
        event[0] = "trained"
        self.events.append(["backward"])


class RecordedSGD(torch.optim.SGD):
    """SGD that records its calls among the model's events."""

    def __init__(self, model):
        super().__init__(model.parameters(), lr=RATE, momentum=0.5)
        self.events = model.events

    def zero_grad(self, set_to_none=True):
        self.events.append(["zero_grad"])
        super().zero_grad(set_to_none)

    def step(self, closure=None):
        rate = self.param_groups[0]["lr"]
        loss = super().step(closure)  # computes the gradients first, where a closure does so
        self.events.append(["step", rate])
        return loss


def windows(count, length=4):
    """Inputs and targets of some texts; the targets are the inputs shifted by one token."""
    ids = token_ids(count, length + 1, vocab_size=VOCABULARY)
    return ids[:, :-1].contiguous(), ids[:, 1:].contiguous()


def loader(count, length=4):
    return DataLoader(TensorDataset(*windows(count, length)), batch_size=2)


def results(result):
    """The three lists by name."""
    if not isinstance(result, tuple | list) or len(result) != 3:
        kind = (
            f"{len(result)} things"
            if isinstance(result, tuple | list)
            else "None"
            if result is None
            else f"a {type(result).__name__}"
        )
        raise ProbeProblem(
            f"Your train_model_simple returns {kind}; it should return three lists: {', '.join(RESULTS)}."
        )
    for name, values in zip(RESULTS, result, strict=True):
        if not isinstance(values, list):
            kind = type(values).__name__
            raise ProbeProblem(f"Your {name} is of type {kind}; it should be a list with one item per evaluation.")
    return dict(zip(RESULTS, result, strict=True))


def train(impl, model, train_loader, val_loader, num_epochs, eval_freq, eval_iter, device="cpu"):
    optimizer = RecordedSGD(model)
    return results(
        impl.train_model_simple(
            model, train_loader, val_loader, optimizer, device, num_epochs, eval_freq, eval_iter, START, Tokenizer()
        )
    )


def trained(
    impl, texts: Int[1, 9] = 7, num_epochs: Int[1, 2] = 2, eval_freq: Int[1, 6] = 3, eval_iter: Int[1, 3] = 1
):  # fmt: skip
    """The three lists, and the weights afterwards. The defaults are the worked example."""
    model = TinyGPT()
    lists = train(impl, model, loader(texts), loader(5, 5), num_epochs, eval_freq, eval_iter)
    return lists | {"weights": {name: weight.detach().clone() for name, weight in model.named_parameters()}}


def printed(impl):
    """Whether a continuation of START is printed: a text decoded from other ids than START's is in the output."""
    tokenizer, output, decoded = Tokenizer(), io.StringIO(), []
    decode, start = tokenizer.decode, tokenizer.encode(START)

    def record(ids):
        text = decode(ids)
        decoded.append((torch.as_tensor(ids).flatten().tolist(), text))
        return text

    tokenizer.decode = record
    model = TinyGPT()
    with contextlib.redirect_stdout(output):
        impl.train_model_simple(model, loader(2), loader(2), RecordedSGD(model), "cpu", 1, 1, 1, START, tokenizer)
    return any(ids != start and text in output.getvalue() for ids, text in decoded)


def by_name(impl):
    """The three lists for named arguments."""
    model = TinyGPT()
    return results(
        impl.train_model_simple(
            model=model, train_loader=loader(3), val_loader=loader(2), optimizer=RecordedSGD(model), device="cpu",
            num_epochs=1, eval_freq=1, eval_iter=1, start_context=START, tokenizer=Tokenizer(),
        )
    )  # fmt: skip


def properties(events):
    """Facts about the events that are equal for all correct loops: how many backwards and steps there are and
    in which order; the modes of each update; the modes and gradients of evaluations and samples; after how many steps
    the samples come; and the learning rates that differ from the optimizer's."""
    log = [event[0] for event in events if event[0] in ("zero_grad", "backward", "step")]
    first = {name: log.index(name) if name in log else len(log) for name in ("backward", "step")}
    steps, sampled = 0, set()
    for event in events:
        steps += event[0] == "step"
        sampled |= {steps} if event[0] == "prompt" else set()
    return {
        "backwards": log.count("backward"),
        "steps": log.count("step"),
        "backward_first": first["backward"] <= first["step"],
        "zero_between": "zero_grad" in log[first["backward"] : first["step"]],
        "updates": [event[1:3] for event in events if event[0] == "trained"],
        "measured": sorted({tuple(event[1:]) for event in events if event[0] == "measured"}),
        "prompts": sorted({tuple(event[1:]) for event in events if event[0] == "prompt"}),
        "sampled": sorted(sampled),
        "other_rates": [event[1] for event in events if event[0] == "step" and event[1] != RATE],
    }


@summarized_by(properties)
def events(impl, training=True):
    """The events of two epochs of two batches, with an evaluation after each step. `training` is the mode before."""
    model = TinyGPT().train(training)
    train(impl, model, loader(4), loader(3), 2, 1, 1)
    return model.events


def types(impl):
    """The types of the items of each list, and whether the weights can still be trained."""
    model = TinyGPT()
    lists = train(impl, model, loader(3), loader(2), 1, 1, 2)
    trainable = all(weight.requires_grad for weight in model.parameters())
    kinds = {
        name: sorted({"float" if isinstance(x, float) else type(x).__name__ for x in values})
        for name, values in lists.items()
    }
    return {"trainable": trainable} | kinds


def repeated(impl):
    """The tokens seen of two equal trainings."""
    return [[*train(impl, TinyGPT(), loader(3), loader(2), 1, 1, 1)["track_tokens_seen"]] for _ in range(2)]


def device(impl):
    """Whether a batch stays on the first device, while the model is on a second one."""
    batches = [windows(2), windows(3)]
    loaders = [DataLoader([pair], batch_size=None) for pair in batches]
    model = TinyGPT()
    with DeviceWatch(*batches[0], *batches[1]) as watch:
        train(impl, model, *loaders, 1, 1, 1, torch.device("meta"))
    return watch.unmoved
