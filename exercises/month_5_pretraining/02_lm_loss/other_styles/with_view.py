import torch.nn.functional as F


def calc_loss_batch(input_batch, target_batch, model, device):
    input_batch, target_batch = input_batch.to(device), target_batch.to(device)
    logits = model(input_batch)
    B, T, V = logits.shape
    return F.cross_entropy(logits.view(B * T, V), target_batch.view(B * T))
