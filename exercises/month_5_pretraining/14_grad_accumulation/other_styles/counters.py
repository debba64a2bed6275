"""Walks through the batches with a counter, scales the mean by its share, and resets after the step."""

import torch
from torch import nn

criterion = nn.CrossEntropyLoss()


def train_accumulated(model, batches, optimizer, k):
    model.train()
    optimizer.zero_grad()
    counts = [torch.count_nonzero(targets != -100).item() for _, targets in batches]
    losses = []
    for i, (inputs, targets) in enumerate(batches):
        first = i - i % k
        in_group = sum(counts[first : first + k])
        logits = model(inputs)
        loss = criterion(logits.transpose(1, 2), targets) * counts[i] / in_group
        loss.backward()
        losses.append(loss.item())
        if (i + 1) % k == 0 or i + 1 == len(batches):
            optimizer.step()
            optimizer.zero_grad()
    return losses
