"""Calls the model once for each token of a choice, and encodes the whole text."""

import torch


def score_choices(model, tokenizer, prompt, choices):
    device = next(model.parameters()).device
    n = len(tokenizer.encode(prompt))
    answers = []
    for choice in choices:
        ids = torch.tensor([tokenizer.encode(f"{prompt} {choice}")], device=device)
        total = 0.0
        for i in range(n, ids.size(1)):
            with torch.no_grad():
                logits = model(ids[:, :i])
            last = logits[0, -1]
            total += float(last[ids[0, i]] - last.logsumexp(dim=0))
        answers.append(
            {
                "total": total,
                "per_token": total / (ids.size(1) - n),
                "per_byte": total / len(choice.encode()),
            }
        )
    return answers
