"""Probes for tie_weights, with a small model of our own."""

import math

import torch
from torch import nn

from exercises.kit import ProbeProblem, stochastic, summarized_by, token_ids

VOCAB, EMB = 100, 16
WIDE_VOCAB, WIDE_EMB = 1000, 128  # so wide that a standard deviation of 0.1 is too large, as it is for GPT-2


class Block(nn.Module):
    def __init__(self, emb):
        super().__init__()
        self.norm1 = nn.LayerNorm(emb)
        self.ff = nn.Sequential(nn.Linear(emb, 4 * emb), nn.Tanh(), nn.Linear(4 * emb, emb))

    def forward(self, x):
        return x + self.ff(self.norm1(x)) + x.cumsum(1) * 0.01


class GPTModel(nn.Module):
    """A small model with the names of a GPT."""

    def __init__(self, vocab=VOCAB, emb=EMB):
        super().__init__()
        self.tok_emb = nn.Embedding(vocab, emb)
        self.pos_emb = nn.Embedding(12, emb)
        self.drop_emb = nn.Dropout(0.0)
        self.trf_blocks = nn.Sequential(Block(emb), Block(emb))
        self.final_norm = nn.LayerNorm(emb)
        self.out_head = nn.Linear(emb, vocab, bias=False)

    def forward(self, in_idx):
        x = self.tok_emb(in_idx) + self.pos_emb(torch.arange(in_idx.shape[1], device=in_idx.device))
        return self.out_head(self.final_norm(self.trf_blocks(self.drop_emb(x))))


def tied(impl, model=None):
    """Returns a model whose weights the solution has tied."""
    model = GPTModel() if model is None else model
    impl.tie_weights(model)
    for name in ("tok_emb", "out_head"):
        weight = getattr(getattr(model, name, None), "weight", None)
        if not isinstance(weight, nn.Parameter):
            raise ProbeProblem(
                f"After `tie_weights(model)` model.{name}.weight is {type(weight).__name__}; it should be a Parameter."
            )
    return model


@stochastic
def table(impl):
    """Whether both layers have one Parameter, whether they share memory, the shapes, and the number of parameters
    before and after."""
    model = GPTModel()
    before = sum(p.numel() for p in model.parameters())
    embedding, head = tied(impl, model).tok_emb.weight, model.out_head.weight
    return {
        "one": embedding is head,
        "shared": embedding.data_ptr() == head.data_ptr(),
        "shapes": [list(embedding.shape), list(head.shape)],
        "parameters": [before, sum(p.numel() for p in model.parameters())],
        "trained": all(p.requires_grad for p in (embedding, head)),
    }


def near_uniform(data):
    """The excess of the loss over ln V, in words; whether the rows of the table differ; and its numbers, in words."""
    excess = float(data["loss"]) - math.log(WIDE_VOCAB)
    size = "near ln V" if abs(excess) <= 0.4 else "above" if excess > 0 else "below" if excess < 0 else "NaN"
    table = data["table"].detach().float()
    mean, std = float(table.mean()), float(table.std())
    spread = "of nn.Embedding" if 0.95 < std < 1.05 else "none" if std == 0 else "large"
    numbers = f"mean {mean if abs(mean) > std / 10 else 0.0:.1g}, spread {spread}"
    differ = bool(table.std(dim=0).min() > 1e-4)
    return {"loss": size, "rows differ": differ,
            "numbers": "small" if size == "near ln V" and differ and std < 0.3 else numbers}  # fmt: skip


@stochastic
@summarized_by(near_uniform)
def first_loss(impl):
    """The first loss of a tied model, and its table."""
    model = tied(impl, GPTModel(WIDE_VOCAB, WIDE_EMB)).eval()
    ids = token_ids(32, 12, vocab_size=WIDE_VOCAB)
    targets = ids.flip(0, 1)
    loss = nn.functional.cross_entropy(model(ids).flatten(0, 1), targets.flatten())
    return {"loss": loss.detach(), "table": model.tok_emb.weight}


def by_table(data):
    """Whether the logits are products with the rows of the table."""
    return torch.allclose(data["model"], data["by table"], atol=1e-4, equal_nan=True)


@stochastic
@summarized_by(by_table)
def logits(impl):
    """The logits of a tied model, and those computed with the table of tok_emb."""
    model = tied(impl).eval()
    seen = []
    model.final_norm.register_forward_hook(lambda layer, arguments, output: seen.append(output))
    result = model(token_ids(2, 5, vocab_size=VOCAB))
    return {"model": result.detach(), "by table": (seen[0] @ model.tok_emb.weight.T).detach()}


def one_table(data):
    """Whether both layers have the same numbers."""
    return torch.equal(data["tok_emb"], data["out_head"])


@stochastic
@summarized_by(one_table)
def after_step(impl):
    """The tables after a training step."""
    model = tied(impl)
    ids = token_ids(4, 6, vocab_size=VOCAB)
    nn.functional.cross_entropy(model(ids).flatten(0, 1), ids.flatten()).backward()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter -= 0.5 * parameter.grad
    return {"tok_emb": model.tok_emb.weight.detach(), "out_head": model.out_head.weight.detach()}


@stochastic
def others(impl):
    """The names of the other weights that the solution changes."""
    model = GPTModel()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    tied(impl, model)
    after = model.state_dict()
    names = [name for name in before if name not in ("tok_emb.weight", "out_head.weight")]
    return {
        "changed": [name for name in names if name not in after or not torch.equal(before[name], after[name])],
        "added": [name for name in after if name not in before],
    }


@stochastic
def two_models(impl):
    """Whether the tables of two tied models are different objects."""
    first, second = tied(impl), tied(impl)
    return first.tok_emb.weight is not second.tok_emb.weight


@stochastic
def kept(impl):
    """The dtype of the table of a float64 model, and the device of one on a second device."""
    double, moved = tied(impl, GPTModel().double()), tied(impl, GPTModel().to("meta"))
    return {"dtype": str(double.tok_emb.weight.dtype), "device": moved.tok_emb.weight.device.type,
            "head": [str(double.out_head.weight.dtype), moved.out_head.weight.device.type]}  # fmt: skip
