"""A dataset for next-token prediction (book, section 2.6).

Shapes: window length T = max_length.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch.utils.data import Dataset


class Tokenizer(Protocol):
    """The interface of a tokenizer, as in tiktoken."""

    def encode(self, text: str, *, allowed_special: set[str]) -> list[int]: ...


class GPTDatasetV1(Dataset[tuple[torch.Tensor, torch.Tensor]]):
    """Windows of T ids every `stride` ids as inputs, each with the next ids as targets. Book, section 2.6."""

    def __init__(self, txt: str, tokenizer: Tokenizer, max_length: int, stride: int) -> None:
        self.token_ids = torch.tensor(tokenizer.encode(txt, allowed_special={"<|endoftext|>"}))
        self.max_length = max_length
        # each window needs one more id, the last target
        self.starts = range(0, len(self.token_ids) - max_length, stride)

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        start = self.starts[index]
        inputs = self.token_ids[start : start + self.max_length]  # (T,)
        targets = self.token_ids[start + 1 : start + 1 + self.max_length]  # (T,)
        return inputs, targets
