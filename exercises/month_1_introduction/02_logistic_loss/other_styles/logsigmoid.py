"""As in appendix A, probability by probability, but through a log-sigmoid."""

import torch
import torch.nn.functional as F


def logistic_loss(x, w, b, y):
    z = torch.matmul(x, w) + b
    log_yes = F.logsigmoid(z)
    log_no = F.logsigmoid(-z)
    return -(y * log_yes + (1.0 - y) * log_no).mean()
