from torch import Tensor, einsum, logaddexp, zeros_like


def logistic_loss(x: Tensor, w: Tensor, b: Tensor, y: Tensor) -> Tensor:
    """Treats the two classes as a softmax over the scores 0 and z."""
    z = einsum("nd,d->n", x, w).add(b)
    no_and_yes = logaddexp(zeros_like(z), z)
    return (no_and_yes - y * z).sum() / len(y)
