"""Defines the functions of the losses too, as a file of the whole chapter does."""

import torch


def calc_loss_batch(input_batch, target_batch, model, device):
    input_batch, target_batch = input_batch.to(device), target_batch.to(device)
    scores = model(input_batch)
    return torch.nn.functional.cross_entropy(scores.flatten(0, 1), target_batch.flatten())


def calc_loss_loader(data_loader, model, device, num_batches=None):
    if len(data_loader) == 0:
        return float("nan")
    wanted = len(data_loader) if num_batches is None else min(num_batches, len(data_loader))
    total_loss = 0.0
    for i, (x, y) in enumerate(data_loader):
        if i >= wanted:
            break
        total_loss += calc_loss_batch(x, y, model, device).item()
    return total_loss / wanted


def evaluate_model(model, train_loader, val_loader, device, eval_iter):
    results = []
    model.eval()
    with torch.no_grad():
        for loader in (train_loader, val_loader):
            results.append(calc_loss_loader(loader, model, device, eval_iter))
    model.train()
    return tuple(results)
