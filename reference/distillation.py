"""The loss of a small model that learns from a large one (Hinton et al., 2015, arXiv 1503.02531).

Shapes: ... stands for the positions, such as (B, T); V for the size of the vocabulary.
"""

from __future__ import annotations

import torch
from torch import Tensor


def distill_loss(student: Tensor, teacher: Tensor, targets: Tensor, temperature: float, alpha: float) -> Tensor:
    """Returns alpha · T² · KL(teacher ‖ student) + (1 − alpha) · cross-entropy, both means over all positions.

    student, teacher: logits (..., V); targets: (...) int64, the right tokens; temperature T > 0 divides the logits of
    both models in the divergence only. Gradients flow to the student only. Hinton et al., section 2.1.
    """
    constant = teacher.detach()
    log_teacher = torch.log_softmax(constant / temperature, dim=-1)  # (..., V)
    log_student = torch.log_softmax(student / temperature, dim=-1)
    divergence = torch.sum(log_teacher.exp() * (log_teacher - log_student), dim=-1)  # (...)
    soft_loss = temperature**2 * divergence.mean()
    hard_loss = torch.nn.functional.cross_entropy(student.reshape(-1, student.shape[-1]), targets.reshape(-1))
    loss = alpha * soft_loss + (1 - alpha) * hard_loss
    return loss
