"""A dataset of labelled messages with equally many tokens each (book, section 6.3).

Shapes: N messages, T tokens each.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch.utils.data import Dataset


class SpamDataset(Dataset[tuple[torch.Tensor, torch.Tensor]]):
    """A dataset of token ids (T,) and labels (), both int64, from a CSV file. Book, section 6.3.

    csv_file: the path of a file with the columns Label (0 or 1) and Text
    max_length: T; None for the number of tokens of the longest message. Longer messages are truncated.
    pad_token_id: fills shorter messages at their end
    """

    def __init__(
        self, csv_file: str | Path, tokenizer: Any, max_length: int | None = None, pad_token_id: int = 50256
    ) -> None:
        table = pd.read_csv(csv_file)
        encoded_texts = [tokenizer.encode(text) for text in table["Text"]]
        longest = max(len(ids) for ids in encoded_texts)
        self.max_length = longest if max_length is None else max_length
        truncated = [ids[: self.max_length] for ids in encoded_texts]
        self.padded = [ids + [pad_token_id] * (self.max_length - len(ids)) for ids in truncated]
        self.labels = table["Label"].tolist()

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        ids = torch.tensor(self.padded[index])  # (T,)
        label = torch.tensor(self.labels[index])  # ()
        return ids, label

    def __len__(self) -> int:
        return len(self.labels)
