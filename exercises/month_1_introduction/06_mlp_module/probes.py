"""Probes for `NeuralNetwork`. They set the weights by shape, since the names are up to the learner."""

import torch
from torch import nn

from exercises.kit import CommonProbes, Int, ProbeProblem, numbers


def network(impl, inputs=4, outputs=3, dtype=torch.float32):
    """A network whose weights depend on their shapes only; a matrix can also be stored transposed."""
    model = impl.NeuralNetwork(inputs, outputs)
    if not isinstance(model, nn.Module):
        raise ProbeProblem("Your `NeuralNetwork` should be a module: write class NeuralNetwork(torch.nn.Module).")
    model.to(dtype)
    linear_shapes = {(30, inputs), (20, 30), (outputs, 20)}
    with torch.no_grad():
        for parameter in model.parameters():
            shape = tuple(parameter.shape)
            if len(shape) == 2 and shape not in linear_shapes and shape[::-1] in linear_shapes:
                parameter.copy_(weight(*shape[::-1]).T)
            else:
                parameter.copy_(weight(*shape))
    return model


def weight(*shape):
    return numbers(*shape, seed="weights") * (0.8 if len(shape) == 1 else 0.5)


def examples(n, inputs=4, dtype=torch.float32):
    return numbers(n, inputs, seed="examples", dtype=dtype)


def output(impl, n: Int[1, 6] = 5, inputs: Int[1, 7] = 4, outputs: Int[1, 7] = 3):
    """The logits of random examples."""
    return network(impl, inputs, outputs)(examples(n, inputs))


def sizes(impl, inputs=2, outputs=2):
    """The sorted sizes of all weights and biases, so that neither order nor transposition matters."""
    model = impl.NeuralNetwork(inputs, outputs)
    parameters = model.parameters() if isinstance(model, nn.Module) else []
    return sorted(sorted(parameter.shape) for parameter in parameters if parameter.requires_grad)


def training(impl):
    """The logits in training mode and in evaluation mode."""
    model = network(impl)
    return {"training": model.train()(examples(5)), "evaluation": model.eval()(examples(5))}


def learns(impl):
    """Whether a gradient reaches each parameter, by its size, and the examples."""
    model = network(impl)
    x = examples(5).requires_grad_()
    logits = model(x)
    if getattr(logits, "requires_grad", False):
        (logits * numbers(5, 3, seed="upstream")).sum().backward()
    reached = {" × ".join(str(size) for size in sorted(p.shape)): p.grad is not None for p in model.parameters()}
    return reached | {"the examples": x.grad is not None}


def two(impl):
    """The logits of a network before and after the weights of a second network have changed."""
    first, second = network(impl), network(impl)
    before = first(examples(2)).detach().clone()
    with torch.no_grad():
        for parameter in second.parameters():
            parameter.mul_(-1)
    return {"before": before, "after": first(examples(2))}


common = CommonProbes(network, examples(3), examples(2) - 1, examples(1), examples(5), dtypes=("float64",))
