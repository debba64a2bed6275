"""Encodes when an item is read, and writes the lists into tensors that are filled with padding."""

import torch
from parts import format_input
from torch.utils.data import Dataset


class InstructionDataset(Dataset):
    def __init__(self, entries, tokenizer):
        self.entries, self.tokenizer = list(entries), tokenizer

    def __len__(self):
        return len(self.entries)

    def __getitem__(self, i):
        entry = self.entries[i]
        return self.tokenizer.encode("\n\n".join([format_input(entry), "### Response:\n" + entry["output"]]))


def custom_collate_fn(batch, pad_token_id=50256, ignore_index=-100, allowed_max_length=None, device="cpu"):
    width = max(map(len, batch))
    inputs = torch.full((len(batch), width), pad_token_id, dtype=torch.long, device=device)
    targets = torch.full((len(batch), width), ignore_index, dtype=torch.long, device=device)
    for row, ids in enumerate(batch):
        inputs[row, : len(ids)] = torch.tensor(ids)
        targets[row, : len(ids)] = torch.tensor([*ids[1:], pad_token_id])
    if allowed_max_length is not None:
        inputs, targets = inputs[:, :allowed_max_length], targets[:, :allowed_max_length]
    return inputs, targets
