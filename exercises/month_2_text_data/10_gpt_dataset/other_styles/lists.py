"""Creates all windows in advance, as the book does."""

import torch
from torch.utils.data import Dataset


class GPTDatasetV1(Dataset):
    def __init__(self, txt, tokenizer, max_length, stride):
        ids = tokenizer.encode(txt, allowed_special={"<|endoftext|>"})
        self.examples = []
        start = 0
        while start + max_length < len(ids):
            chunk = torch.tensor(ids[start : start + max_length + 1], dtype=torch.long)
            self.examples.append((chunk[:-1], chunk[1:]))
            start += stride

    def __len__(self):
        return len(self.examples)

    def __getitem__(self, idx):
        return self.examples[idx]
