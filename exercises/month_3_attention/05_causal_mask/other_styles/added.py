import torch


def causal_softmax(scores):
    position = torch.arange(scores.size(-1), device=scores.device)
    penalty = torch.where(position[None, :] > position[:, None], -1e9, 0.0).to(scores.dtype)
    e = scores + penalty
    e = (e - e.amax(-1, keepdim=True)).exp()
    return e / e.sum(-1, keepdim=True)
