import torch
from torch import nn


def calc_loss_batch(input_batch, target_batch, model, device):
    outputs = model(input_batch.to(device))
    return nn.CrossEntropyLoss()(outputs.select(1, outputs.size(1) - 1), target_batch.to(device))


@torch.inference_mode()
def calc_accuracy_loader(data_loader, model, device, num_batches=None):
    was_training = model.training
    model.eval()
    right, seen = [], 0
    for number, (x, y) in enumerate(data_loader):
        if num_batches is not None and number >= num_batches:
            break
        scores = model(x.to(device))[:, -1].softmax(-1)
        right.append(scores.max(-1).indices.eq(y.to(device)))
        seen += y.numel()
    model.train(was_training)
    return torch.cat(right).sum().item() / seen
