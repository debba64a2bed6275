"""Subtracts the teacher's entropy from a cross-entropy with its probabilities, position by position."""

import torch
from torch.nn.functional import cross_entropy


def distill_loss(student, teacher, targets, temperature, alpha):
    V = student.shape[-1]
    s, t = student.view(-1, V), teacher.view(-1, V).detach() / temperature
    p = torch.softmax(t, dim=-1)
    log_z = torch.logsumexp(t, dim=-1, keepdim=True)
    entropy = -(p * (t - log_z)).sum(dim=-1).mean()
    soft = (cross_entropy(s / temperature, p) - entropy) * temperature**2
    return torch.lerp(cross_entropy(s, targets.view(-1)), soft, alpha)
