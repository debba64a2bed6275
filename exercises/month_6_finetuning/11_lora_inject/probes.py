"""Probes for LinearWithLoRA and replace_linear_with_lora."""

import torch
from torch import nn

from exercises.kit import CommonProbes, Int, ProbeProblem, fill, numbers, summarized_by, tokens

# every linear layer of Model with its in_features and out_features
LINEARS = {
    "first": (5, 6),
    "second": (6, 6),
    "third": (6, 6),
    "mlp.0": (6, 6),
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
        self.mlp = nn.Sequential(nn.Linear(6, 6), nn.Tanh())
        self.blocks = nn.ModuleList([Block(), Block()])
        self.heads = nn.ModuleDict({"small": Head()})

    def forward(self, x):
        x = self.mlp(self.third(torch.tanh(self.second(torch.tanh(self.first(x))))))
        for block in self.blocks:
            x = block(x)
        return self.heads["small"](x)


def frozen(module):
    """Returns the module with fixed weights, all of them frozen."""
    return fill(module).requires_grad_(False)


def find_a_and_b(module, in_dim, out_dim, rank):
    """Returns A and B of a LinearWithLoRA, identified by their shapes, as their names are not fixed."""
    matrices = []
    for name, shape in (("A", (in_dim, rank)), ("B", (rank, out_dim))):
        candidates = [p for p in module.parameters() if tuple(p.shape) == shape]
        if len(candidates) != 1:
            shapes = ", ".join(str(tuple(p.shape)) for p in module.parameters())
            raise ProbeProblem(
                f"A LinearWithLoRA for {in_dim} → {out_dim} with rank={rank} should have one parameter of shape "
                f"{shape}, the {name} of a LoRALayer; the shapes of yours are {shapes}. Use the LoRALayer of `parts`."
            )
        matrices.append(candidates[0])
    return matrices


def train(module, place, in_dim, out_dim, rank):
    """Sets A and B to fixed values, as if they were trained."""
    with torch.no_grad():
        for name, matrix in zip("AB", find_a_and_b(module, in_dim, out_dim, rank), strict=True):
            matrix.copy_(numbers(*matrix.shape, seed=f"{place}.{name}") * 0.5)
    return module


def trained_model(impl, rank=1, alpha=2):
    """Returns a model with replaced and trained layers; layers that are not replaced stay as they are."""
    model = frozen(Model())
    impl.replace_linear_with_lora(model, rank, alpha)
    for place, (in_dim, out_dim) in LINEARS.items():
        layer = model.get_submodule(place)
        if isinstance(layer, impl.LinearWithLoRA):
            train(layer, place, in_dim, out_dim, rank)
    return model


def wrapped(impl, in_dim=5, out_dim=4, rank=1, alpha=3, bias=True):
    """Returns a trained LinearWithLoRA with a frozen linear layer."""
    layer = impl.LinearWithLoRA(frozen(nn.Linear(in_dim, out_dim, bias=bias)), rank, alpha)
    return train(layer, "wrapped", in_dim, out_dim, rank)


def output(impl, batch: Int[1, 3] = 3, in_dim: Int[3, 6] = 5, out_dim: Int[3, 6] = 4, alpha: Int[1, 8] = 3):
    """The output of one LinearWithLoRA."""
    return wrapped(impl, in_dim, out_dim, alpha=alpha)(tokens(batch, in_dim))


def keeps(impl):
    """Whether a LinearWithLoRA has the weight and the bias of the given layer, the objects themselves."""
    linear = frozen(nn.Linear(5, 4))
    own = [id(parameter) for parameter in impl.LinearWithLoRA(linear, 1, 3).parameters()]
    return {name: id(parameter) in own for name, parameter in linear.named_parameters()}


def without_bias(impl):
    """The output for a linear layer without bias."""
    return wrapped(impl, bias=False)(tokens(3, 5))


def change(impl, rank=1):
    """The difference from the linear layer's output."""
    x = tokens(3, 5)
    return wrapped(impl, rank=rank)(x) - frozen(nn.Linear(5, 4))(x)


def is_unchanged(data):
    """Whether the outputs of a layer and of a model are the same before and after the replacement."""
    return {
        name: torch.allclose(data[f"{name}_before"], data[f"{name}_after"], atol=1e-5) for name in ("layer", "model")
    }


@summarized_by(is_unchanged)
def untrained(impl):
    """The outputs of a layer and of a model before and after the replacement."""
    x = tokens(3, 5)
    linear, model = frozen(nn.Linear(5, 4)), frozen(Model())
    before = {"layer_before": linear(x), "model_before": model(x)}
    impl.replace_linear_with_lora(model, 2, 4)
    return {**before, "layer_after": impl.LinearWithLoRA(linear, 2, 4)(x), "model_after": model(x)}


def replaced(impl):
    """The names of the LinearWithLoRA modules, of nn.Linear modules outside them, and of nested ones."""
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
    """The numbers of trainable and of all weights after the replacement in a frozen model."""
    model = frozen(Model())
    impl.replace_linear_with_lora(model, rank, 4)
    counts = [(p.numel(), p.requires_grad) for p in model.parameters()]
    return {"trainable": sum(n for n, grad in counts if grad), "all": sum(n for n, _ in counts)}


def not_frozen(impl):
    """The names of the weights of a trainable model that are frozen after the replacement."""
    model = fill(Model())
    impl.replace_linear_with_lora(model, 2, 4)
    return {
        "model": [name for name, parameter in model.named_parameters() if not parameter.requires_grad],
        "layer": sum(not p.requires_grad for p in impl.LinearWithLoRA(fill(nn.Linear(5, 4)), 2, 4).parameters()),
    }


def by_name(impl):
    """The output of a layer that is created with keyword arguments, and the number of layers that are replaced."""
    layer, model = frozen(nn.Linear(5, 4)), frozen(Model())
    layer = train(impl.LinearWithLoRA(linear=layer, rank=1, alpha=3), "wrapped", 5, 4, 1)
    impl.replace_linear_with_lora(model=model, rank=1, alpha=3)
    replaced = [place for place in LINEARS if isinstance(model.get_submodule(place), impl.LinearWithLoRA)]
    return {"output": layer(tokens(3, 5)), "replaced": len(replaced)}


def trainable_layer(impl):
    """The number of trainable weights of one LinearWithLoRA."""
    layer = impl.LinearWithLoRA(frozen(nn.Linear(5, 4)), 2, 4)
    return sum(p.numel() for p in layer.parameters() if p.requires_grad)


def model_output(impl, batch: Int[1, 3] = 2, length: Int[1, 4] = 3, alpha: Int[1, 5] = 2):
    """The output of a model with trained LoRA layers for a batch of sequences."""
    return trained_model(impl, alpha=alpha)(tokens(batch, length, 5))


def learning(impl):
    """The gradients of the input and of A and B of every layer that is replaced."""
    model = trained_model(impl)
    x = tokens(2, 3, 5).requires_grad_()
    model(x).square().sum().backward()
    gradients = {"x": x.grad}
    for place, (in_dim, out_dim) in LINEARS.items():
        layer = model.get_submodule(place)
        if isinstance(layer, impl.LinearWithLoRA):
            A, B = find_a_and_b(layer, in_dim, out_dim, 1)
            gradients |= {f"{place}.A": A.grad, f"{place}.B": B.grad}
    return gradients


def other_model(impl):
    """The number of linear layers in a second model after the replacement in a first one."""
    model, other = frozen(Model()), frozen(Model())
    impl.replace_linear_with_lora(model, 2, 4)
    return [type(module).__name__ for module in other.modules()].count("Linear")


common = CommonProbes(trained_model, tokens(2, 5), tokens(3, 4, 5), tokens(1, 5))
