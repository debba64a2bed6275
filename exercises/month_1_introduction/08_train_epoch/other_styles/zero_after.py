"""Resets the gradients after each step, through the model, and keeps a running mean."""

import torch
from torch import nn


def train_epoch(model, loader, optimizer, criterion=None):
    criterion = criterion or nn.CrossEntropyLoss()
    model.train()
    mean = 0.0
    for number, batch in enumerate(loader, start=1):
        features, targets = batch
        with torch.enable_grad():
            loss = criterion(model(features), targets)
        loss.backward()
        optimizer.step()
        model.zero_grad()
        mean += (loss.item() - mean) / number
    return mean
