"""Probes for ExampleDeepNeuralNetwork. The linear layers can have any names, so they are found in their order."""

from itertools import pairwise

import torch
from torch import nn

from exercises.kit import CommonProbes, Int, ProbeProblem, numbers, values_for

MIXED = [1, 3, 3, 3, 3, 1]  # where adding different shapes raises no error, as they broadcast
EQUAL = [3, 3, 3, 3, 3, 3]


def linear_layers(module, sizes):
    """Returns the five nn.Linear in the order of their creation."""
    name = type(module).__name__
    if not isinstance(module, nn.Module):
        raise ProbeProblem(f"Your `{name}` is not a torch.nn.Module, so it has no parameters that can be trained.")
    layers = [part for part in module.modules() if isinstance(part, nn.Linear)]
    if not layers:  # kept in a plain list, which a check of registered weights reports
        lists = [value for value in vars(module).values() if isinstance(value, list | tuple)]
        modules = [item for value in lists for item in value if isinstance(item, nn.Module)]
        layers = [part for item in modules for part in item.modules() if isinstance(part, nn.Linear)]
    shared = [value for value in vars(type(module)).values() if isinstance(value, nn.Module | list | tuple)]
    if not layers and shared:
        raise ProbeProblem(
            "Your layers belong to the class, so all networks share them; create them in `__init__`, as attributes of "
            "self."
        )
    found = [(layer.in_features, layer.out_features) for layer in layers]
    if found != (expected := list(pairwise(sizes))):
        own = f"nn.Linear of the sizes {_listed(found)}" if found else "no nn.Linear"
        raise ProbeProblem(f"With layer_sizes={sizes} your network has {own}; it should have {_listed(expected)}.")
    if any(layer.bias is None for layer in layers):
        raise ProbeProblem("Your nn.Linear layers have no bias; keep the default, bias=True.")
    return layers


def _listed(sizes):
    return ", ".join(f"{inputs}→{outputs}" for inputs, outputs in sizes)


def network(impl, sizes=None, use_shortcut=True):
    """Returns a network with fixed weights."""
    sizes = list(sizes or MIXED)
    module = impl.ExampleDeepNeuralNetwork(sizes, use_shortcut)
    with torch.no_grad():
        for index, layer in enumerate(linear_layers(module, sizes)):
            layer.weight.copy_(values_for(f"layers[{index}].weight", layer.weight))
            layer.bias.copy_(values_for(f"layers[{index}].bias", layer.bias) * 0.2)
    return module


def vectors(n, size):
    return numbers(n, size, seed="vectors") * 2


def example(impl, use_shortcut: Int[0, 1] = 1):
    """The output and the gradients of the example on the page."""
    module = impl.ExampleDeepNeuralNetwork([1] * 6, bool(use_shortcut))
    layers = linear_layers(module, [1] * 6)
    with torch.no_grad():
        for layer in layers:
            layer.weight.fill_(0.5)
            layer.bias.zero_()
    output = module(torch.ones(1, 1))
    if output.requires_grad:
        output.sum().backward()
    return {"output": output, "gradients": [_number(layer.weight.grad) for layer in layers]}


def _number(gradient):
    return None if gradient is None else gradient.item()


def output(impl, n: Int[1, 4] = 2, use_shortcut: Int[0, 1] = 1):
    """The output for layers of different sizes."""
    return network(impl, MIXED, bool(use_shortcut))(vectors(n, 1))


def any_sizes(
    impl,
    n: Int[1, 4] = 3,
    a: Int[0, 1] = 1,
    b: Int[0, 1] = 1,
    c: Int[0, 1] = 0,
    d: Int[0, 1] = 1,
    e: Int[0, 1] = 1,
    f: Int[0, 1] = 0,
    use_shortcut: Int[0, 1] = 1,
):
    """The output for sizes of 1 and 4."""
    sizes = [1 + 3 * size for size in (a, b, c, d, e, f)]
    return network(impl, sizes, bool(use_shortcut))(vectors(n, sizes[0]))


def by_name(impl):
    """The output with arguments passed by name."""
    module = impl.ExampleDeepNeuralNetwork(layer_sizes=list(EQUAL), use_shortcut=False)
    return module(x=vectors(2, 3)).shape


def zero_weights(impl, use_shortcut: Int[0, 1] = 1):
    """The input and the output with all weights and biases 0."""
    module = network(impl, EQUAL, bool(use_shortcut))
    with torch.no_grad():
        for layer in linear_layers(module, EQUAL):
            layer.weight.zero_()
            layer.bias.zero_()
    x = vectors(2, 3)
    return {"input": x, "output": module(x)}


def gradients(impl, use_shortcut: Int[0, 1] = 1):
    """The gradients of weights and biases, in the order of the layers, and of the input, for a squared error."""
    module = network(impl, MIXED, bool(use_shortcut))
    x = vectors(2, 1).requires_grad_()
    result = module(x)
    if result.requires_grad:
        nn.functional.mse_loss(result, torch.zeros_like(result)).backward()
    layers = linear_layers(module, MIXED)
    by_name = {name: [getattr(layer, name).grad for layer in layers] for name in ("weight", "bias")}
    return {"output": result.detach(), **by_name, "x": x.grad}


common = CommonProbes(network, vectors(2, 1), vectors(4, 1), vectors(1, 1))
