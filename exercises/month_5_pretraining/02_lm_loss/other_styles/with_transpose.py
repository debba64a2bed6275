import torch


def calc_loss_batch(input_batch, target_batch, model, device):
    scores = model(input_batch.to(device)).transpose(1, 2)  # (B, V, T)
    return torch.nn.CrossEntropyLoss()(scores, target_batch.to(device))
