"""Probes for distill_loss."""

import torch

from exercises.kit import CommonProbes, Float, Int, numbers, token_ids

VOCABULARY = 7


def arguments(*shape, V=VOCABULARY):
    """Returns the logits of both models, of different sizes, and targets."""
    student = numbers(*shape, V, seed="student") * 1.5
    return student, numbers(*shape, V, seed="teacher") * 2.5, token_ids(*shape, vocab_size=V)


def example(impl, alpha=0.25):
    """The worked example."""
    student, teacher = torch.tensor([[2.0, 0.0, 1.0]]), torch.tensor([[3.0, 2.0, -1.0]])
    return impl.distill_loss(student, teacher, torch.tensor([0]), 2.0, alpha)


def loss(impl, batch: Int[1, 4] = 2, length: Int[1, 6] = 3, temperature: Float[0.5, 5] = 3.0, alpha: Float[0, 1] = 0.4):
    """The loss of a batch of texts."""
    return impl.distill_loss(*arguments(batch, length), temperature, alpha)


def flat(impl):
    """The loss of ten positions (10, V)."""
    return impl.distill_loss(*arguments(10), 2.0, 0.6)


def by_name(impl):
    """The loss for keyword arguments."""
    student, teacher, targets = arguments(2, 3)
    return impl.distill_loss(student=student, teacher=teacher, targets=targets, temperature=2.0, alpha=0.3)


def equal_logits(impl):
    """The losses of a student that has the teacher's logits, with alpha 1, by temperature."""
    logits = arguments(2, 3)[1]
    return {T: impl.distill_loss(logits.clone(), logits, arguments(2, 3)[2], T, 1.0) for T in (1.0, 2.0, 4.0)}


def far_apart(impl):
    """The loss and its gradient for logits of some hundreds, whose softmax has zeros."""
    student, teacher, targets = arguments(2, 3)
    student = (student * 200).requires_grad_()
    result = impl.distill_loss(student, teacher * 200, targets, 1.0, 0.5)
    gradient = torch.autograd.grad(result, student)[0] if result.requires_grad else torch.zeros_like(student)
    return {"loss": result, "gradient": gradient}


def teacher_gradient(impl):
    """The gradients of both models' logits, where both require one."""
    student, teacher, targets = arguments(2, 3)
    student.requires_grad_()
    teacher.requires_grad_()
    result = impl.distill_loss(student, teacher, targets, 2.0, 0.5)
    if not result.requires_grad:
        return {"student": None, "teacher": None}
    result.backward()
    return {"student": student.grad, "teacher": teacher.grad}


def make(impl):
    """Returns the loss with a temperature and a weight."""
    return lambda student, teacher, targets: impl.distill_loss(student, teacher, targets, 2.0, 0.4)


common = CommonProbes(make, arguments(2, 3), arguments(4, 3), arguments(1, 1), fixed=(1, 2))
