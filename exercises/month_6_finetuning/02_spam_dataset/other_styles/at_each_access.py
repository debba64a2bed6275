"""Encodes and pads a message when it is accessed."""

import numpy as np
import pandas as pd
import torch


class SpamDataset(torch.utils.data.Dataset):
    def __init__(self, csv_file, tokenizer, max_length=None, pad_token_id=50256):
        super().__init__()
        self.data = pd.read_csv(csv_file)
        self.tokenizer = tokenizer
        self.pad = pad_token_id
        if max_length is None:
            max_length = self.data["Text"].apply(lambda text: len(tokenizer.encode(text))).max()
        self.max_length = max_length

    def __len__(self):
        return self.data.shape[0]

    def __getitem__(self, index):
        row = self.data.iloc[index]
        padded = np.full(self.max_length, self.pad, dtype=np.int64)
        tokens = self.tokenizer.encode(row.Text)[: self.max_length]
        padded[: len(tokens)] = tokens
        return torch.from_numpy(padded), torch.tensor(row.Label, dtype=torch.long)
