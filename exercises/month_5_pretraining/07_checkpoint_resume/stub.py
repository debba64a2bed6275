import torch


def save_checkpoint(model, optimizer, step, path):
    """Writes the states of a training to a file.

    model: a torch.nn.Module
    optimizer: a torch.optim.Optimizer of its parameters
    step: the number of steps done, an int
    path: the name of the file, a str
    """
    raise NotImplementedError


def load_checkpoint(path, model, optimizer):
    """Restores the model and the optimizer from a file of save_checkpoint, in place.

    Returns the step, an int. Raises an error if the file does not fit the model.
    """
    raise NotImplementedError
