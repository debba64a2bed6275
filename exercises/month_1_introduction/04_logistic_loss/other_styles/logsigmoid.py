"""Follows appendix A, with logsigmoid in place of the logarithm of a probability."""

import torch
import torch.nn.functional as F


def logistic_loss(x, w, b, y):
    z = torch.matmul(x, w) + b
    log_yes = F.logsigmoid(z)
    log_no = F.logsigmoid(-z)
    return -(y * log_yes + (1.0 - y) * log_no).mean()
