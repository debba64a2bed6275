import torch


def causal_softmax(scores):
    here = torch.arange(scores.size(-1), device=scores.device)
    low = torch.where(here[None, :] > here[:, None], -1e9, 0.0).to(scores.dtype)
    e = scores + low
    e = (e - e.amax(-1, keepdim=True)).exp()
    return e / e.sum(-1, keepdim=True)
