"""Makes two tensors at once, and stores no lists."""

import csv

import torch
from torch.utils.data import Dataset


class SpamDataset(Dataset):
    def __init__(self, csv_file, tokenizer, max_length=None, pad_token_id=50256):
        with open(csv_file, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        encoded = [torch.tensor(tokenizer.encode(row["Text"])) for row in rows]
        ids = torch.nn.utils.rnn.pad_sequence(encoded, batch_first=True, padding_value=pad_token_id)
        if max_length is not None:
            missing = max(0, max_length - ids.shape[1])
            ids = torch.nn.functional.pad(ids, (0, missing), value=pad_token_id)[:, :max_length]
        self.max_length = ids.shape[1]
        self.ids, self.labels = ids, torch.tensor([int(row["Label"]) for row in rows])

    def __len__(self):
        return self.ids.size(0)

    def __getitem__(self, i):
        return self.ids[i], self.labels[i]
