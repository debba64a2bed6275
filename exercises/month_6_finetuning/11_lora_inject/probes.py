"""What is asked of LinearWithLoRA and replace_linear_with_lora."""

import torch
from torch import nn

from grader.probing import Int, ProbeProblem, fill, numbers, tokens
from grader.subject import Subject

# every linear layer of the model below, with its widths
LINEARS = {
    "first": (5, 6),
    "second": (6, 6),
    "third": (6, 6),
    "blocks.0.ff.0": (6, 7),
    "blocks.0.ff.2": (7, 6),
    "blocks.1.ff.0": (6, 7),
    "blocks.1.ff.2": (7, 6),
    "heads.small.out_head": (6, 3),
}


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1 = nn.LayerNorm(6)
        self.ff = nn.Sequential(nn.Linear(6, 7), nn.Tanh(), nn.Linear(7, 6))

    def forward(self, x):
        return x + self.ff(self.norm1(x))


class Head(nn.Module):
    def __init__(self):
        super().__init__()
        self.out_head = nn.Linear(6, 3, bias=False)

    def forward(self, x):
        return self.out_head(x)


class Model(nn.Module):
    """A small model with linear layers at every depth, one of them without a bias."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(5, 6)
        self.second = nn.Linear(6, 6)
        self.third = nn.Linear(6, 6)
        self.blocks = nn.ModuleList([Block(), Block()])
        self.heads = nn.ModuleDict({"small": Head()})

    def forward(self, x):
        x = self.third(torch.tanh(self.second(torch.tanh(self.first(x)))))
        for block in self.blocks:
            x = block(x)
        return self.heads["small"](x)


def frozen(module):
    """The module with set weights, none of which can be trained."""
    return fill(module).requires_grad_(False)


def thin(module, in_dim, out_dim, rank):
    """A and B of a LinearWithLoRA, found by their shapes, since their places may have any name."""
    found = []
    for name, shape in (("A", (in_dim, rank)), ("B", (rank, out_dim))):
        fitting = [p for p in module.parameters() if tuple(p.shape) == shape]
        if len(fitting) != 1:
            raise ProbeProblem(
                f"A LinearWithLoRA for {in_dim} → {out_dim} with rank={rank} should hold one parameter of shape "
                f"{shape}, the LoRALayer's {name}; yours holds {len(fitting)}."
            )
        found.append(fitting[0])
    return found


def train(module, place, in_dim, out_dim, rank):
    """Gives A and B the values of a trained layer."""
    with torch.no_grad():
        for name, matrix in zip("AB", thin(module, in_dim, out_dim, rank), strict=True):
            matrix.copy_(numbers(*matrix.shape, seed=f"{place}.{name}") * 0.5)
    return module


def trained_model(impl, rank=1, alpha=2):
    """A model with replaced layers that have been trained."""
    model = frozen(Model())
    impl.replace_linear_with_lora(model, rank, alpha)
    for place, (in_dim, out_dim) in LINEARS.items():
        layer = model.get_submodule(place)
        if not isinstance(layer, impl.LinearWithLoRA):
            raise ProbeProblem(f"`model.{place}` is still a {type(layer).__name__}, not a LinearWithLoRA.")
        train(layer, place, in_dim, out_dim, rank)
    return model


def wrapped(impl, in_dim=5, out_dim=4, rank=1, alpha=3, bias=True):
    """A trained LinearWithLoRA around a frozen layer."""
    layer = impl.LinearWithLoRA(frozen(nn.Linear(in_dim, out_dim, bias=bias)), rank, alpha)
    return train(layer, "wrapped", in_dim, out_dim, rank)


def output(impl, batch: Int[1, 3] = 3, in_dim: Int[3, 6] = 5, out_dim: Int[3, 6] = 4, alpha: Int[1, 8] = 3):
    """The output of one wrapped layer."""
    return wrapped(impl, in_dim, out_dim, alpha=alpha)(tokens(batch, in_dim))


def without_bias(impl):
    """The output where the linear layer has no bias."""
    return wrapped(impl, bias=False)(tokens(3, 5))


def change(impl, rank=1):
    """What is added to the linear layer's own output."""
    x = tokens(3, 5)
    return wrapped(impl, rank=rank)(x) - frozen(nn.Linear(5, 4))(x)


def untrained(impl):
    """The outputs of a layer, and of a model, before and right after."""
    x = tokens(3, 5)
    linear, model = frozen(nn.Linear(5, 4)), frozen(Model())
    found = {"layer_before": linear(x), "model_before": model(x)}
    impl.replace_linear_with_lora(model, 2, 4)
    return {**found, "layer_after": impl.LinearWithLoRA(linear, 2, 4)(x), "model_after": model(x)}


def replaced(impl):
    """Where a LinearWithLoRA stands now, where an nn.Linear does outside of one, and one inside another."""
    model = frozen(Model())
    impl.replace_linear_with_lora(model, 2, 4)
    new, left, nested = [], [], []
    for place, module in model.named_modules():
        inside = any(place.startswith(f"{other}.") for other in new)
        if isinstance(module, impl.LinearWithLoRA):
            (nested if inside else new).append(place)
        elif isinstance(module, nn.Linear) and not inside:
            left.append(place)
    return {"new": sorted(new), "left": sorted(left), "nested": sorted(nested)}


def trainable(impl, rank: Int[1, 3] = 2):
    """How many numbers can be trained, and how many there are, after the model was frozen and replaced."""
    model = frozen(Model())
    impl.replace_linear_with_lora(model, rank, 4)
    counts = [(p.numel(), p.requires_grad) for p in model.parameters()]
    return {"trainable": sum(n for n, grad in counts if grad), "all": sum(n for n, _ in counts)}


def trainable_layer(impl):
    """How many numbers of a single wrapped layer can be trained."""
    layer = impl.LinearWithLoRA(frozen(nn.Linear(5, 4)), 2, 4)
    return sum(p.numel() for p in layer.parameters() if p.requires_grad)


def model_output(impl, batch: Int[1, 3] = 2, length: Int[1, 4] = 3, alpha: Int[1, 5] = 2):
    """The output of a model whose LoRA layers have been trained, for a batch of sequences."""
    return trained_model(impl, alpha=alpha)(tokens(batch, length, 5))


def learning(impl):
    """The gradients at the input, and at A and B of every layer."""
    model = trained_model(impl)
    x = tokens(2, 3, 5).requires_grad_()
    model(x).square().sum().backward()
    found = {"x": x.grad}
    for place, (in_dim, out_dim) in LINEARS.items():
        A, B = thin(model.get_submodule(place), in_dim, out_dim, 1)
        found |= {f"{place}.A": A.grad, f"{place}.B": B.grad}
    return found


def other_model(impl):
    """The output of a model beside the one that was replaced."""
    model, other = frozen(Model()), frozen(Model())
    impl.replace_linear_with_lora(model, 2, 4)
    kinds = [type(module).__name__ for module in other.modules()]
    return {"output": other(tokens(3, 5)), "linears": kinds.count("Linear")}


general = Subject(trained_model, tokens(2, 5), tokens(3, 4, 5), tokens(1, 5))
