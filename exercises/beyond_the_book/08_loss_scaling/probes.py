"""Probes for LossScaler: a few steps with finite, infinite and undefined gradients."""

import torch

from exercises.kit import Int, ProbeProblem, numbers

FACTORS = {"o": 1.0, "i": float("inf"), "n": float("nan")}  # of the second parameter's gradient


class Trained:
    """Two parameters in two groups, an optimizer with momentum, and one parameter that never gets a gradient."""

    def __init__(self):
        self.first = torch.nn.Parameter(numbers(3, seed="first"))
        self.second = torch.nn.Parameter(numbers(2, 2, seed="second"))
        self.unused = torch.nn.Parameter(numbers(2, seed="unused"))
        groups = [{"params": [self.first]}, {"params": [self.second, self.unused], "lr": 0.2}]
        self.optimizer = torch.optim.SGD(groups, lr=0.1, momentum=0.5)

    def loss(self, factor=1.0):
        return (self.first * numbers(3, seed="x")).sum() + (self.second**2 * factor).sum()

    def weights(self):
        return [self.first.detach().clone(), self.second.detach().clone(), self.unused.detach().clone()]


def factor_of(scaler):
    if not callable(scaler.scale):
        raise ProbeProblem("Your `LossScaler` has a number named `scale`, which hides the method. Rename the number.")
    return float(scaler.scale(torch.ones(())))


def scaled(impl):
    """A scaled loss, and the gradient that its backward gives."""
    weight = torch.nn.Parameter(torch.tensor([0.5, -2.0]))
    result = impl.LossScaler(8.0, 2.0, 3).scale((weight**2).sum())
    if result.requires_grad:
        result.backward()
    return {"loss": result.detach(), "gradient": weight.grad, "has_graph": result.requires_grad}


def run_steps(impl, pattern, init=8.0, growth=2.0, interval=2, max_norm=None):
    trained, scaler = Trained(), impl.LossScaler(init, growth, interval)
    weights, factors, gradients, kept = [trained.weights()], [factor_of(scaler)], [], []
    for letter in pattern:
        trained.optimizer.zero_grad()
        scaler.scale(trained.loss(FACTORS[letter])).backward()
        scaler.step(trained.optimizer) if max_norm is None else scaler.step(trained.optimizer, max_norm=max_norm)
        weights.append(trained.weights())
        factors.append(factor_of(scaler))
        kept.append(trained.first.grad is not None)
        if letter == "o":
            gradients.append([p.grad if p.grad is None else p.grad.clone() for p in (trained.first, trained.second)])
    return {"factors": factors, "weights": weights, "gradients": gradients, "kept": all(kept)}


def example(impl):
    """The worked example."""
    return run_steps(impl, "oooioo")


def one_step(impl):
    """One good step, and an equal one of the optimizer alone."""
    data = run_steps(impl, "o", init=1024.0)
    plain = Trained()
    plain.loss().backward()
    gradients = [plain.first.grad.clone(), plain.second.grad.clone()]
    plain.optimizer.step()
    return {"scaled": data["weights"][-1], "plain": plain.weights(), "gradients": data["gradients"][0],
            "plain_gradients": gradients}  # fmt: skip


def overflow(impl, letter="i"):
    """Two good steps around one with a bad gradient."""
    return run_steps(impl, f"o{letter}o", interval=10)


def clipped(impl):
    """Two steps with clipping."""
    return run_steps(impl, "oo", init=64.0, max_norm=0.5)


def factors(impl, interval: Int[1, 4] = 3, growth: Int[2, 5] = 4, bad: Int[0, 9] = 4):
    """The factor during twelve steps, of which one overflows."""
    pattern = "".join("i" if step == bad else "o" for step in range(12))
    return run_steps(impl, pattern, growth=float(growth), interval=interval)["factors"]


def two_overflows(impl):
    """The factor after overflows that follow each other, and after NaN."""
    return run_steps(impl, "iinoon", init=64.0, growth=4.0)["factors"]


def half(impl, factor=2.0**16):
    """How much weights change in one step whose gradients pass through float16, where they are tiny."""
    weight = torch.nn.Parameter(torch.tensor([1.0, 2.0, 4.0]))
    optimizer = torch.optim.SGD([weight], lr=2.0**20)
    scaler = impl.LossScaler(factor, 2.0, 1000)
    product = weight.half() * torch.full((3,), 2.0**-14, dtype=torch.float16)
    scaler.scale(product.float().sum() * 2.0**-13).backward()  # each gradient is 2^-27, and 0 in float16
    scaler.step(optimizer)
    return weight.detach() - torch.tensor([1.0, 2.0, 4.0])


def two_scalers(impl):
    """The factors of two scalers after an overflow of the first."""
    first, second, trained = impl.LossScaler(8.0, 2.0, 2), impl.LossScaler(8.0, 2.0, 2), Trained()
    first.scale(trained.loss(float("inf"))).backward()
    first.step(trained.optimizer)
    return [factor_of(first), factor_of(second), factor_of(impl.LossScaler(8.0, 2.0, 2))]


def defaults(impl):
    """The first factor without arguments, and with named ones."""
    return [factor_of(impl.LossScaler()), factor_of(impl.LossScaler(interval=5, growth=3.0, init=4.0))]
