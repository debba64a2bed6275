"""Scores all choices in one batch, padded at the end, with cross_entropy."""

import torch
import torch.nn.functional as F


@torch.inference_mode()
def score_choices(model, tokenizer, prompt, choices):
    start = tokenizer.encode(prompt)
    rows = [start + tokenizer.encode(" " + choice) for choice in choices]
    longest = max(map(len, rows))
    batch = torch.zeros(len(rows), longest, dtype=torch.long)
    targets = torch.full((len(rows), longest), -100)
    for i, row in enumerate(rows):
        batch[i, : len(row)] = torch.tensor(row)
        targets[i, len(start) : len(row)] = torch.tensor(row[len(start) :])
    device = next(model.parameters()).device
    logits = model(batch.to(device))[:, :-1]
    losses = F.cross_entropy(logits.transpose(1, 2), targets[:, 1:].to(device), reduction="none").sum(1)
    result = []
    for choice, row, loss in zip(choices, rows, losses.tolist(), strict=True):
        tokens = len(row) - len(start)
        result.append({"total": -loss, "per_token": -loss / tokens, "per_byte": -loss / len(bytes(choice, "utf8"))})
    return result
