"""Models whose parameters have given values and gradients."""

import torch
from torch import nn

from exercises.kit import Int, ProbeProblem, numbers, summarized_by


class WithGradients(nn.Module):
    """A model with these (value, gradient) pairs as its parameters; a gradient can be None."""

    def __init__(self, *pairs):
        super().__init__()
        for number, (value, gradient) in enumerate(pairs):
            parameter = nn.Parameter(torch.as_tensor(value, dtype=torch.float32).clone())
            parameter.grad = None if gradient is None else torch.as_tensor(gradient, dtype=torch.float32).clone()
            kind = "bias" if parameter.dim() == 1 else "weight"
            self.register_parameter(f"{kind}_{number}", parameter.requires_grad_(gradient is not None))


def plain(result):
    """A tensor of no dimension as a number; anything else as it is."""
    if isinstance(result, torch.Tensor) and result.dim() and result.numel() == 1:
        raise ProbeProblem(
            f"Your `find_highest_gradient(model)` returns a tensor of shape {tuple(result.shape)}; it should return a "
            "tensor of no dimension or a number."
        )
    if isinstance(result, torch.Tensor) and not result.dim():
        return result.item()
    return result


def example_model():
    return WithGradients(([[3.0, -4.0]], [[0.5, -0.2]]), ([7.0], [1.5]), ([[9.0]], None), ([[-2.0]], [[0.3]]))


def example(impl):
    """The highest gradient of the worked example."""
    return plain(impl.find_highest_gradient(example_model()))


def highest(impl, where: Int[0, 2] = 1, row: Int[0, 3] = 3):
    """The highest gradient of three parameters, which is in one of them, in one of its rows. The others are smaller
    in absolute value too."""
    gradients = [numbers(4, 3, seed="a").tanh(), numbers(4, seed="b").tanh(), numbers(4, 2, 2, seed="c").tanh()]
    gradients[where].view(4, -1)[row, -1] = 2.5
    model = WithGradients(*[(numbers(*gradient.shape) + 5, gradient) for gradient in gradients])
    return plain(impl.find_highest_gradient(model))


def without(impl, missing: Int[0, 2] = 0):
    """The highest gradient where one of three parameters has no gradient."""
    pairs = [([4.0, 5.0], [0.25, 0.125]), ([6.0], [0.75]), ([[7.0]], [[0.5]])]
    pairs[missing] = (pairs[missing][0], None)
    return plain(impl.find_highest_gradient(WithGradients(*pairs)))


def scalars(impl):
    """The highest gradient of parameters of no dimension, and of a tiny one."""
    return {
        "of scalars": plain(impl.find_highest_gradient(WithGradients((1.0, 0.5), (2.0, 0.75)))),
        "that are tiny": plain(impl.find_highest_gradient(WithGradients(([1.0, 2.0], [1e-3, 3.4567e-3])))),
        "that are large": plain(impl.find_highest_gradient(WithGradients(([1.0, 2.0], [1e6, 3e4])))),
    }


def none(impl):
    """The results for a model whose parameters have no gradients, and for one without parameters."""
    models = WithGradients((1.0, None), ([2.0], None)), WithGradients()
    return [plain(impl.find_highest_gradient(model)) for model in models]


def after_backward(impl):
    """The highest gradient after a backward, of a model with a frozen and an unused layer."""
    model = nn.ModuleDict({name: nn.Linear(3, 2) for name in ("used", "frozen", "unused")})
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(numbers(*parameter.shape, seed=name).abs() + 0.5)
    model["frozen"].requires_grad_(False)
    x = numbers(4, 3).abs()
    (model["used"](x) * model["frozen"](x)).sum().backward()
    return plain(impl.find_highest_gradient(model))


def change(pairs):
    return {
        "equal": all(torch.equal(*pair) for pair in pairs),
        "negative": any((after < 0).any() for _, after in pairs),
    }


@summarized_by(change)
def unchanged(impl):
    """The gradients before and after the call; whether they are equal, and whether any is still negative."""
    model = WithGradients(([1.0, 2.0], [-0.5, 1.5]), ([3.0], [0.25]))
    before = [parameter.grad.clone() for parameter in model.parameters()]
    impl.find_highest_gradient(model)
    after = [torch.zeros(0) if parameter.grad is None else parameter.grad for parameter in model.parameters()]
    return [list(pair) for pair in zip(before, after, strict=True)]


def negative(impl):
    """The result for gradients of which the largest in absolute value is negative."""
    return plain(impl.find_highest_gradient(WithGradients(([1.0, 2.0], [-2.0, 0.5]), ([3.0], [1.5]))))
