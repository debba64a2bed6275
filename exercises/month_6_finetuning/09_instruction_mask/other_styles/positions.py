"""Compares positions with the lengths of all rows at once."""

import torch


def custom_collate_fn(batch, pad_token_id=50256, ignore_index=-100, allowed_max_length=None, device="cpu"):
    prompts = torch.tensor([n for n, _ in batch], device=device)[:, None]
    lengths = torch.tensor([len(ids) for _, ids in batch], device=device)[:, None]
    width = max(len(ids) for _, ids in batch) + 1
    rows = [ids + [pad_token_id] * (width - len(ids)) for _, ids in batch]
    ids = torch.tensor(rows, dtype=torch.int64, device=device)
    position = torch.arange(1, width, device=device)  # of each target among the ids
    counts = (position >= prompts) & (position <= lengths)
    targets = torch.where(counts, ids[:, 1:], ignore_index)
    return ids[:, :-1][:, :allowed_max_length], targets[:, :allowed_max_length]
