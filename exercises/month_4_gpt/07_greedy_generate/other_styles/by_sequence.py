"""Continues the sequences one after the other, recursively, in Python lists."""

import torch


def continued(model, ids: list[int], steps: int, context_size: int, device) -> list[int]:
    if steps == 0:
        return ids
    window = ids if len(ids) <= context_size else ids[len(ids) - context_size :]
    logits = model(torch.tensor([window], device=device)).squeeze(0)[len(window) - 1]
    token = int(logits.topk(1).indices[0])
    return continued(model, [*ids, token], steps - 1, context_size, device)


def generate_text_simple(model, idx, max_new_tokens, context_size):
    with torch.no_grad():
        rows = [continued(model, row, max_new_tokens, context_size, idx.device) for row in idx.tolist()]
    return torch.tensor(rows, device=idx.device)
