"""Gradients of your network, layer by layer, with and without shortcuts."""

import torch

from exercises.drawings import Bars, Curves
from exercises.kit import Float, numbers

SIZES = [12, 12, 12, 12, 12, 1]


def gradients(impl, use_shortcut, scale):
    """The mean size of the gradient of each layer's weight."""
    network = impl.ExampleDeepNeuralNetwork(SIZES, use_shortcut)
    weights = [parameter for parameter in network.parameters() if parameter.dim() == 2]
    with torch.no_grad():
        for number, weight in enumerate(weights):
            weight.copy_(numbers(*weight.shape, seed=number) * scale / weight.shape[1] ** 0.5)
        for parameter in network.parameters():
            if parameter.dim() == 1:
                parameter.zero_()
    output = network(numbers(16, SIZES[0], seed="x"))
    torch.nn.functional.mse_loss(output, torch.zeros_like(output)).backward()
    return [float(weight.grad.abs().mean()) for weight in weights]


def draw(impl, scale: Float[0.1, 2] = 1.0):
    kinds = (("without shortcuts", False), ("with shortcuts", True))
    found = {name: gradients(impl, use, scale) for name, use in kinds}
    drawings = []
    for name, sizes in found.items():
        ratio = sizes[0] / max(sizes[-2], 1e-30)
        drawings.append(Bars([f"layer {i + 1}" for i in range(len(sizes))], sizes, title=f"Mean gradient {name}",
                             caption=f"The first layer gets {ratio:.2g} times as much as the fourth."))  # fmt: skip
    lines = {name: [(i + 1, torch.tensor(size).clamp(min=1e-30).log10()) for i, size in enumerate(sizes)]
             for name, sizes in found.items()}  # fmt: skip
    first = found["with shortcuts"][0] / max(found["without shortcuts"][0], 1e-30)
    drawings.append(
        Curves(
            lines,
            x="layer",
            y="log10 of the mean gradient",
            title="The same on a logarithmic scale",
            caption=f"In the first layer, shortcuts make the gradient {first:,.0f} times as large.",
        )
    )
    return drawings
