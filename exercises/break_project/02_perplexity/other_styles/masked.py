"""Masks the tokens that were scored before with ignore_index."""

import torch
from torch import nn


def perplexity(model, ids, context_size, stride, device=None):
    criterion = nn.CrossEntropyLoss(reduction="sum", ignore_index=-100)
    mode = model.training
    model.eval()
    nll, count, previous_end, begin = 0.0, 0, 1, 0
    with torch.inference_mode():
        while previous_end < ids.numel():
            end = min(begin + context_size + 1, ids.numel())
            window = ids[begin:end].to(device)
            labels = window[1:].clone()
            labels[: max(0, previous_end - begin - 1)] = -100
            nll += criterion(model(window[None, :-1])[0], labels)
            count += (labels != -100).sum()
            previous_end = end
            begin += stride
    model.train(mode)
    return float(torch.exp(nll / count))
