"""As in the appendix: counts on the way, the mode is not given back, the result is a 0-d tensor."""

import torch


def compute_accuracy(model, dataloader):
    model = model.eval()
    hits = torch.tensor(0.0)
    seen = 0
    for batch in dataloader:
        inputs, labels = batch
        with torch.no_grad():
            scores = model(inputs)
        hits += torch.eq(labels, torch.max(scores, 1)[1]).sum()
        seen += labels.shape[0]
    return hits / seen
