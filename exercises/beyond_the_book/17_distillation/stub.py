import torch


def distill_loss(student, teacher, targets, temperature, alpha):
    """Returns the loss of a student that learns from a teacher and from the right tokens.

    student, teacher: (..., V) logits of both models for the same text
    targets: (...) int64, the right next tokens
    temperature: a float above 0
    alpha: a float from 0 to 1, the weight of what the teacher says
    Returns a scalar tensor.
    """
    raise NotImplementedError
