import math

import torch as th


def softmax(x, dim=-1, base=math.e):
    # replaces the division by a subtraction of logsumexp, which does not overflow
    scores = x * math.log(base)
    return th.exp(scores - th.logsumexp(scores, dim=dim, keepdim=True))
