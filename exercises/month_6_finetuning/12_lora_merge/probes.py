"""Probes for merge_lora: models whose linear layers are replaced by trained LinearWithLoRA layers."""

import sys

import torch
from torch import nn

from exercises.kit import Int, ProbeProblem, fill, numbers, tokens

ALPHA = 2.5


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1 = nn.LayerNorm(6)
        self.ff = nn.Sequential(nn.Linear(6, 7), nn.Tanh(), nn.Linear(7, 6))

    def forward(self, x):
        return x + self.ff(self.norm1(x))


class Model(nn.Module):
    """A small model with linear layers at every depth, one of them without a bias."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(5, 6)
        self.second = nn.Linear(6, 6)
        self.mlp = nn.Sequential(nn.Linear(6, 6), nn.Tanh())
        self.blocks = nn.ModuleList([Block(), Block()])
        self.heads = nn.ModuleDict({"small": nn.Linear(6, 3, bias=False)})

    def forward(self, x):
        x = self.mlp(self.second(torch.tanh(self.first(x))))
        for block in self.blocks:
            x = block(x)
        return self.heads["small"](x)


class Square(nn.Module):
    """Two linear layers as wide as high, where a missing transpose raises no error."""

    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(5, 5)
        self.out_head = nn.Linear(5, 5, bias=False)

    def forward(self, x):
        return self.out_head(torch.tanh(self.hidden(x)))


def lora_class(impl):
    """The solution's own LinearWithLoRA, or that of parts."""
    if "LinearWithLoRA" in vars(impl):
        return impl.LinearWithLoRA
    return sys.modules["parts"].LinearWithLoRA


def adapted(impl, model, rank=1, without=(), is_frozen=True):
    """Replaces the linear layers of a model by LinearWithLoRA layers, and sets A and B as if they were trained."""
    kind = lora_class(impl)
    fill(model).requires_grad_(not is_frozen)
    for place, linear in list(model.named_modules()):
        if not isinstance(linear, nn.Linear) or place in without:
            continue
        layer = kind(linear, rank, ALPHA)
        base = {id(parameter) for parameter in linear.parameters()}
        with torch.no_grad():
            for parameter in layer.parameters():
                if id(parameter) not in base:
                    shape = tuple(parameter.shape)
                    parameter.copy_(numbers(*shape, seed=f"{place} {shape[0] == linear.in_features}") * 0.5)
        parent, _, name = place.rpartition(".")
        setattr(model.get_submodule(parent), name, layer)
    return model


def table(layer, in_features):
    """The results of a layer for each unit vector, and in the last row for zeros."""
    x = torch.cat([torch.eye(in_features), torch.zeros(1, in_features)])
    with torch.no_grad():
        return layer(x)


def layers(impl, rank=1):
    """The results of two square layers without LoRA, with it, and merged, by place."""
    places, model = ("hidden", "out_head"), fill(Square())
    plain = {place: table(model.get_submodule(place), 5) for place in places}
    model = adapted(impl, model, rank)
    before = {place: table(model.get_submodule(place), 5) for place in places}
    impl.merge_lora(model)
    after = {place: table(model.get_submodule(place), 5) for place in places}
    return {place: {"plain": plain[place], "before": before[place], "after": after[place]} for place in places}


def output(impl, rank: Int[1, 3] = 1, batch: Int[1, 3] = 2):
    """The output of a model with layers of several sizes after merging, minus the output before."""
    model, x = adapted(impl, Model(), rank), tokens(batch, 4, 5)
    with torch.no_grad():
        before = model(x)
        impl.merge_lora(model)
        return model(x) - before


def merged(impl):
    """A model after merging: LoRA layers, types, names in the state dict, and the sum of all squared weights."""
    model = Model()
    places = [place for place, module in model.named_modules() if isinstance(module, nn.Linear)]
    names = list(model.state_dict())
    impl.merge_lora(adapted(impl, model))
    kind = lora_class(impl)
    return {
        "left": [place for place, module in model.named_modules() if isinstance(module, kind)],
        "types": {place: type(model.get_submodule(place)).__name__ for place in places},
        "names": list(model.state_dict()),
        "expected_names": names,
        "squares": float(sum(parameter.detach().square().sum() for parameter in model.parameters())),
    }


def by_name(impl):
    """The numbers of LoRA layers that are left after a call with the model as the first argument, and by name."""
    first, second = adapted(impl, Square()), adapted(impl, Square())
    impl.merge_lora(first)
    impl.merge_lora(model=second)
    kind = lora_class(impl)
    return [sum(isinstance(module, kind) for module in model.modules()) for model in (first, second)]


def twice(impl):
    """The output of a model after one and after two calls."""
    model, x = adapted(impl, Model()), tokens(2, 4, 5)
    with torch.no_grad():
        impl.merge_lora(model)
        once = model(x)
        impl.merge_lora(model)
        return {"once": once, "twice": model(x)}


def partly(impl):
    """The weights of linear layers without LoRA before and after merging, by name, and the model's outputs."""
    without = ("second", "blocks.0.ff.2", "heads.small")
    model, x = adapted(impl, Model(), without=without), tokens(2, 4, 5)
    with torch.no_grad():
        before = model(x)
        impl.merge_lora(model)
        return {
            "weights": {place: model.get_submodule(place).weight.detach().clone() for place in without},
            "expected": {place: fill(Model()).get_submodule(place).weight.detach() for place in without},
            "outputs": [before, model(x)],
        }


def not_frozen(impl):
    """The output before and after merging of a model whose layers are trainable, and which weights are frozen or
    no leaves."""
    model, x = adapted(impl, Model(), is_frozen=False), tokens(2, 4, 5)
    with torch.no_grad():
        before = model(x)
    impl.merge_lora(model)
    parameters = dict(model.named_parameters())
    return {
        "before": before,
        "after": model(x).detach(),
        "frozen": [name for name, parameter in parameters.items() if not parameter.requires_grad],
        "graphs": [name for name, parameter in parameters.items() if not parameter.is_leaf],
    }


def kinds(impl):
    """The dtypes of a float64 model, and the devices of a model on the second device, after merging."""
    double = adapted(impl, Model()).double()
    impl.merge_lora(double)
    elsewhere = adapted(impl, Model()).to("meta")
    impl.merge_lora(elsewhere)
    return {
        "dtypes": {name: str(p.dtype).removeprefix("torch.") for name, p in double.named_parameters()},
        "devices": {name: p.device.type for name, p in elsewhere.named_parameters()},
    }


def other_model(impl):
    """The output of a second model with LoRA before and after the first is merged, and its LoRA layers after it."""
    first, second = adapted(impl, Model()), adapted(impl, Model())
    x = tokens(2, 4, 5)
    with torch.no_grad():
        before = second(x)
        impl.merge_lora(first)
        after = second(x)
    kind = lora_class(impl)
    return {"before": before, "after": after, "left": sum(isinstance(module, kind) for module in second.modules())}


def gradient(impl):
    """The gradient of the input of a merged model."""
    model, x = adapted(impl, Model()), tokens(2, 4, 5).requires_grad_()
    impl.merge_lora(model)
    result = model(x)
    if not result.requires_grad:
        raise ProbeProblem("After your merge_lora no gradient flows through the model; keep plain nn.Linear layers.")
    result.sum().backward()
    return x.grad is not None
