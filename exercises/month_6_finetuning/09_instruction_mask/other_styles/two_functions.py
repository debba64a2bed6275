"""Collates the ids as in the exercise before, then masks the targets of the whole batch."""

import torch
from torch.nn.utils.rnn import pad_sequence


def collate(lists, pad_token_id, ignore_index):
    ended = [torch.tensor([*ids, pad_token_id]) for ids in lists]
    inputs = pad_sequence([ids[:-1] for ids in ended], batch_first=True, padding_value=pad_token_id)
    return inputs, pad_sequence([ids[1:] for ids in ended], batch_first=True, padding_value=ignore_index)


def custom_collate_fn(batch, pad_token_id=50256, ignore_index=-100, allowed_max_length=None, device="cpu"):
    lengths, lists = zip(*batch, strict=True)
    inputs, targets = collate(lists, pad_token_id, ignore_index)
    for row, length in zip(targets, lengths, strict=True):
        row[: length - 1] = ignore_index
    if allowed_max_length is not None:
        inputs, targets = inputs[:, :allowed_max_length], targets[:, :allowed_max_length]
    return inputs.to(device), targets.to(device)
