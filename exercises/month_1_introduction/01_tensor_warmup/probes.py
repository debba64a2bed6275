"""Probes for `scale_pixels`, `flatten_images` and `linear`."""

import torch

from exercises.kit import CommonProbes, Int, numbers, token_ids


def images(n, height, width):
    """Random pixels, with dtype uint8. The largest of them is usually below 255."""
    return token_ids(n, height, width, vocab_size=250).to(torch.uint8)


def arguments(n, features, classes):
    """Random arguments of linear: X, W, b."""
    return numbers(n, features, seed="X"), numbers(classes, features, seed="W"), numbers(classes, seed="b") + 1


def example_scaled(impl):
    """The first step of the worked example."""
    return impl.scale_pixels(torch.tensor([[[0, 255], [51, 102]]], dtype=torch.uint8))


def example_flat(impl):
    """The second step of the worked example."""
    return impl.flatten_images(torch.tensor([[[0.0, 1.0], [0.2, 0.4]]]))


def example_linear(impl):
    """The third step of the worked example."""
    weight = torch.tensor([[1.0, 2.0, 3.0, 4.0], [0.0, 1.0, 0.0, -1.0]])
    return impl.linear(torch.tensor([[0.0, 1.0, 0.2, 0.4]]), weight, torch.tensor([0.5, 0.0]))


def scaled(impl, n: Int[1, 3] = 2, height: Int[1, 4] = 3, width: Int[1, 4] = 2):
    """Scaled random images."""
    return impl.scale_pixels(images(n, height, width))


def scaled_int64(impl):
    """Scaled pixels with dtype int64."""
    return impl.scale_pixels(images(2, 2, 3).long())


def flat(impl, n: Int[1, 3] = 2, height: Int[1, 4] = 3, width: Int[1, 4] = 2):
    """Flattened random images."""
    return impl.flatten_images(images(n, height, width).float())


def output(impl, n: Int[1, 5] = 4, features: Int[1, 5] = 3, classes: Int[1, 5] = 2):
    """The scores of random examples."""
    return impl.linear(*arguments(n, features, classes))


def square(impl):
    """As many examples and classes as features, for which a wrong order of dimensions raises no error."""
    return impl.linear(*arguments(3, 3, 3))


common = CommonProbes(
    lambda impl: impl.linear, arguments(4, 3, 2), arguments(5, 2, 3), arguments(1, 2, 2), dtypes=("float64",)
)
