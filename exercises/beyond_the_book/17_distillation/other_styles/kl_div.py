"""Flattens everything first and uses kl_div."""

import torch.nn.functional as F


def distill_loss(student, teacher, targets, temperature, alpha):
    vocabulary = student.size(-1)
    student = student.reshape(-1, vocabulary)
    teacher = teacher.detach().reshape(-1, vocabulary)
    soft = F.kl_div(
        F.log_softmax(student / temperature, dim=1), F.softmax(teacher / temperature, dim=1), reduction="batchmean"
    )
    hard = F.cross_entropy(student, targets.flatten())
    return soft * (alpha * temperature**2) + hard * (1.0 - alpha)
