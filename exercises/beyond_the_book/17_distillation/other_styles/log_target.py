"""Gives kl_div logarithms, sums, and divides by the number of positions; the hard loss picks log-probabilities."""

import torch
from torch.nn import KLDivLoss


def distill_loss(student, teacher, targets, temperature, alpha):
    with torch.no_grad():
        log_p = (teacher / temperature).log_softmax(-1)
    log_q = (student / temperature).log_softmax(-1)
    positions = targets.numel()
    kl = KLDivLoss(reduction="sum", log_target=True)(log_q, log_p) / positions
    chosen = student.log_softmax(-1).gather(-1, targets.unsqueeze(-1))
    return alpha * temperature * temperature * kl - (1 - alpha) * chosen.sum() / positions
