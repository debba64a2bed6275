import torch as th


def standardize(X: th.Tensor, eps: float = 1e-8, dim: int = 0) -> th.Tensor:
    spread, centre = th.std_mean(X, dim, unbiased=False)
    return (X - centre).div(spread.clamp_min(1e-30) + eps)
