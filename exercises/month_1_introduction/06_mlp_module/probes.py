"""What is asked of a NeuralNetwork. Weights are set by their shapes: only these are agreed on."""

import torch
from torch import nn

from grader.probing import Int, ProbeProblem, numbers
from grader.subject import Subject


def network(impl, inputs=4, outputs=3, dtype=torch.float32):
    """A network whose weights depend on their shapes alone; a matrix may be stored either way round."""
    made = impl.NeuralNetwork(inputs, outputs)
    if not isinstance(made, nn.Module):
        raise ProbeProblem("`NeuralNetwork` is not a torch.nn.Module: write class NeuralNetwork(torch.nn.Module).")
    made.to(dtype)
    usual = {(30, inputs), (20, 30), (outputs, 20)}
    with torch.no_grad():
        for parameter in made.parameters():
            shape = tuple(parameter.shape)
            if len(shape) == 2 and shape not in usual and shape[::-1] in usual:
                parameter.copy_(weight(*shape[::-1]).T)
            else:
                parameter.copy_(weight(*shape))
    return made


def weight(*shape):
    return numbers(*shape, seed="weights") * (0.8 if len(shape) == 1 else 0.5)


def examples(n, inputs=4, dtype=torch.float32):
    return numbers(n, inputs, seed="examples", dtype=dtype)


def output(impl, n: Int[1, 6] = 5, inputs: Int[1, 7] = 4, outputs: Int[1, 7] = 3):
    """The logits of some examples."""
    return network(impl, inputs, outputs)(examples(n, inputs))


def count(impl):
    """The number of trainable parameters of a network with two inputs and two outputs."""
    made = impl.NeuralNetwork(2, 2)
    parameters = made.parameters() if isinstance(made, nn.Module) else []
    return sum(parameter.numel() for parameter in parameters if parameter.requires_grad)


def sizes(impl, inputs=4, outputs=3):
    """The sizes of all weights and biases, whichever way round and in whatever order they are stored."""
    parameters = impl.NeuralNetwork(inputs, outputs).parameters()
    return sorted(sorted(parameter.shape) for parameter in parameters)


def fresh(impl):
    """Shape and type of the logits of a network as it is made."""
    logits = impl.NeuralNetwork(4, 3)(examples(5))
    return {"shape": list(logits.shape), "dtype": str(logits.dtype)}


def training(impl):
    """The logits in training mode and in evaluation mode."""
    made = network(impl)
    return {"training": made.train()(examples(5)), "evaluation": made.eval()(examples(5))}


def learns(impl):
    """The gradient of each weight, by its size, and at the examples."""
    made = network(impl)
    x = examples(5).requires_grad_()
    logits = made(x)
    if not getattr(logits, "requires_grad", False):
        raise ProbeProblem("No gradient can flow back from your logits, so the network cannot learn.")
    (logits * numbers(5, 3, seed="upstream")).sum().backward()
    found = {}
    for parameter in made.parameters():
        gradient = parameter.grad
        if gradient is not None and gradient.dim() == 2 and tuple(gradient.shape) not in ((30, 4), (20, 30), (3, 20)):
            gradient = gradient.T
        found[" × ".join(str(size) for size in sorted(parameter.shape))] = gradient
    return found | {"the examples": x.grad}


def two(impl):
    """Two networks: a change to the weights of one must not reach the other."""
    one, other = network(impl), network(impl)
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.mul_(-1)
    return {"first": one(examples(2)), "second": other(examples(2))}


general = Subject(network, examples(3), examples(2) - 1, examples(1), examples(5))
