"""Collects all matches in one tensor and takes their mean."""

import torch


def compute_accuracy(model, dataloader, device=None):
    mode = model.training
    model.train(False)
    with torch.inference_mode():
        hits = [
            torch.softmax(model(x.to(device)), dim=1).topk(1).indices.squeeze(1) == y.to(device) for x, y in dataloader
        ]
    model.train(mode)
    return torch.cat(hits).double().mean()
