"""Loops over the rows and over the tokens of each row."""

import torch


def kept_tokens(probabilities, top_p, min_p):
    best = max(probabilities)
    kept, total = set(), 0.0
    for token in sorted(range(len(probabilities)), key=probabilities.__getitem__, reverse=True):
        if top_p is not None and total >= top_p:
            break
        total += probabilities[token]
        if min_p is None or probabilities[token] >= min_p * best:
            kept.add(token)
    return kept


def filter_logits(logits, top_p=None, min_p=None):
    rows = []
    for row in logits:
        kept = kept_tokens(row.detach().double().softmax(0).tolist(), top_p, min_p)
        mask = torch.tensor([token not in kept for token in range(len(row))], device=row.device)
        rows.append(row.masked_fill(mask, float("-inf")))
    return torch.stack(rows)
