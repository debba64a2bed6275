"""Flattens the gradients, as the book does."""


def find_highest_gradient(model):
    max_grad = None
    for param in model.parameters():
        if param.grad is None:
            continue
        here = param.grad.data.flatten().max()
        max_grad = here if max_grad is None or here > max_grad else max_grad
    return max_grad
