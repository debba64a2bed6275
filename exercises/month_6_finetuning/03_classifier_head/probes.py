"""Probes for to_classifier, on small models with the attributes of GPTModel."""

import torch
from torch import nn

from exercises.kit import Int, ProbeProblem, fill, summarized_by, token_ids

VOCABULARY = 9


class Norm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(width))
        self.shift = nn.Parameter(torch.zeros(width))

    def forward(self, x):
        centred = x - x.mean(-1, keepdim=True)
        return self.scale * centred / (centred.var(-1, keepdim=True, unbiased=False) + 1e-5).sqrt() + self.shift


class Attention(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.W_value = nn.Linear(width, width, bias=False)
        self.out_proj = nn.Linear(width, width)

    def forward(self, x):
        steps = torch.arange(1, x.shape[1] + 1, device=x.device)
        return self.out_proj(self.W_value(x).cumsum(1) / steps[:, None])


class FeedForward(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, x):
        return self.layers(x)


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.att, self.ff = Attention(width), FeedForward(width)
        self.norm1, self.norm2 = Norm(width), Norm(width)

    def forward(self, x):
        x = x + self.att(self.norm1(x))
        return x + self.ff(self.norm2(x))


class GPTModel(nn.Module):
    """A GPT whose attention is a running mean; its parts have the book's names."""

    def __init__(self, layers=3, width=4, tied=False, as_list=False):
        super().__init__()
        self.tok_emb = nn.Embedding(VOCABULARY, width)
        self.pos_emb = nn.Embedding(6, width)
        self.drop_emb = nn.Dropout(0.1)
        blocks = [Block(width) for _ in range(layers)]
        self.trf_blocks = nn.ModuleList(blocks) if as_list else nn.Sequential(*blocks)
        self.final_norm = Norm(width)
        self.out_head = nn.Linear(width, VOCABULARY, bias=False)
        if tied:
            self.out_head.weight = self.tok_emb.weight

    def forward(self, in_idx):
        x = self.tok_emb(in_idx) + self.pos_emb(torch.arange(in_idx.shape[1], device=in_idx.device))
        x = self.drop_emb(x)
        for block in self.trf_blocks:
            x = block(x)
        return self.out_head(self.final_norm(x))


def converted(impl, classes=2, frozen=False, **options):
    """Returns a model after the call."""
    model = fill(GPTModel(**options)).eval()
    impl.to_classifier(model.requires_grad_(not frozen), classes)
    return model


def head_of(model):
    head = model.out_head
    if not isinstance(head, nn.Linear):
        raise ProbeProblem(
            f"After your function `model.out_head` is of type `{type(head).__name__}`; it should be an nn.Linear."
        )
    return head


def head(impl, layers: Int[1, 4] = 2, width: Int[3, 6] = 4, classes: Int[1, 5] = 2):
    """The sizes of the new head."""
    new = head_of(converted(impl, classes, layers=layers, width=width))
    return {"in_features": new.in_features, "out_features": new.out_features, "bias": new.bias is not None,
            "weight": list(new.weight.shape)}  # fmt: skip


def trainable(impl, layers: Int[1, 4] = 3, frozen: Int[0, 1] = 0, as_list: Int[0, 1] = 0):
    """requires_grad of each parameter."""
    model = converted(impl, layers=layers, frozen=bool(frozen), as_list=bool(as_list))
    return {name: parameter.requires_grad for name, parameter in model.named_parameters()}


def returned(impl):
    """Whether the result is the given model, and its type."""
    model = fill(GPTModel()).eval()
    result = impl.to_classifier(model, 2)
    return {"same": result is model, "type": type(result).__name__}


def _changed(data):
    """The names of the weights that have new values, another shape or dtype; all weights of the final norm, …"""
    after = data["after"]
    changed = [
        name
        for name, before in data["before"].items()
        if after.get(name) is None
        or (after[name].shape, after[name].dtype) != (before.shape, before.dtype)
        or not torch.equal(after[name], before)
    ]
    return {"names": changed, "dtypes": sorted({str(weight.dtype).removeprefix("torch.") for weight in after.values()})}


@summarized_by(_changed)
def weights(impl, tied=False):
    """All weights but the head's, before and after."""
    model = fill(GPTModel(tied=tied)).train(tied)  # the mode stays as it is
    before = _weights(model)
    impl.to_classifier(model, 2)
    return {"before": before, "after": _weights(model)}


def by_name(impl):
    """The sizes of the new head with named arguments."""
    model = fill(GPTModel())
    impl.to_classifier(model=model, num_classes=3)
    return list(head_of(model).weight.shape)


def head_dtype(impl):
    """The dtype of the new head."""
    return str(head_of(converted(impl)).weight.dtype).removeprefix("torch.")


def _weights(model):
    return {name: parameter.detach().clone() for name, parameter in model.named_parameters() if "out_head" not in name}


def output(impl, classes: Int[2, 5] = 3):
    """The logits' shape and whether they come from the new head, of a batch (2, 5)."""
    model = converted(impl, classes)
    logits = model(token_ids(2, 5, vocab_size=VOCABULARY))
    return {"shape": list(logits.shape), "parts": [name for name, _ in model.named_children()]}


def gradients(impl):
    """Whether each parameter of a frozen and of an ordinary model gets a gradient."""
    reached = {}
    for frozen in (False, True):
        model = converted(impl, frozen=frozen)
        logits = model(token_ids(2, 5, vocab_size=VOCABULARY))[:, -1, :]
        if logits.requires_grad:
            torch.nn.functional.cross_entropy(logits, torch.zeros(2, dtype=torch.int64)).backward()
        reached[f"frozen={frozen}"] = {name: p.grad is not None for name, p in model.named_parameters()}
    return reached


def other_model(impl):
    """requires_grad of the parameters of a second model that is not given to the function."""
    other = GPTModel()
    converted(impl)
    return [parameter.requires_grad for parameter in other.parameters()]
