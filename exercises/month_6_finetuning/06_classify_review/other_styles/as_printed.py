"""Reads the limit from the width of the position embedding, as the printed book does."""

import torch

NAMES = {0: "not spam", 1: "spam"}


def classify_review(text, model, tokenizer, device, max_length=None, pad_token_id=50256):
    model.train(False)
    limit = min(max_length, model.pos_emb.weight.shape[1])
    batch = torch.full((1, max_length), pad_token_id, device=device)
    for position, idx in enumerate(tokenizer.encode(text)[:limit]):
        batch[0, position] = idx
    with torch.no_grad():
        scores = model(batch)[:, -1, :]
    return NAMES[int(scores[0, 1] > scores[0, 0])]
