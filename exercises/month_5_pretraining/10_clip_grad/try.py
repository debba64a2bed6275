"""Your clipping on the gradients of a small network that reads a story's letters."""

import torch
from torch.nn.functional import cross_entropy

from exercises.drawings import Bars, Table
from exercises.kit import Float, fill, letters
from exercises.texts import short_story


def draw(impl, max_norm: Float[0.01, 20] = 1.0):
    size = len(letters.ALPHABET)
    ids = torch.tensor(letters.encode(short_story())[:401])
    network = torch.nn.Sequential(
        torch.nn.Embedding(size, 16), torch.nn.Linear(16, 32), torch.nn.Tanh(), torch.nn.Linear(32, size)
    )
    fill(network)
    cross_entropy(network(ids[:-1]), ids[1:]).backward()
    gradients = {name: parameter.grad.clone() for name, parameter in network.named_parameters()}
    returned = float(impl.clip_grad_norm(network.parameters(), max_norm))
    clipped = {name: parameter.grad for name, parameter in network.named_parameters()}
    total = [float(torch.cat([g.flatten() for g in part.values()]).norm()) for part in (gradients, clipped)]
    factors = [float(clipped[name].norm() / gradient.norm()) for name, gradient in gradients.items()]
    equal = max(factors) - min(factors) < 1e-4
    rows = [[name, str(tuple(g.shape)), float(g.norm()), float(clipped[name].norm())] for name, g in gradients.items()]
    angle = "All by the same factor, so the direction stays." if equal else "Not all by the same factor."
    return [
        Bars(["before", "after"], total, title=f"The norm of all gradients, clipped to {max_norm:g}",
             caption=f"Yours returned {returned:.2f}. The gradients were scaled by {factors[0]:.3f}. {angle}"),
        Table(["parameter", "shape", "norm before", "norm after"], rows, title="Parameter by parameter",
              caption="The norm of all is the root of the sum of the squares of these."),
    ]  # fmt: skip
