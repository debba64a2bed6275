"""From one long text to training examples (book, section 2.6).

Shapes: an example is T = max_length ids and, as targets, the T ids that follow each of them.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch.utils.data import Dataset


class Tokenizer(Protocol):
    """What is asked of a tokenizer here; tiktoken's encodings have it."""

    def encode(self, text: str, *, allowed_special: set[str]) -> list[int]: ...


class GPTDatasetV1(Dataset[tuple[torch.Tensor, torch.Tensor]]):
    """Windows of T ids, `stride` apart, each with the same window one id later. Book, section 2.6."""

    def __init__(self, txt: str, tokenizer: Tokenizer, max_length: int, stride: int) -> None:
        self.token_ids = torch.tensor(tokenizer.encode(txt, allowed_special={"<|endoftext|>"}))
        self.max_length = max_length
        # a window needs one id more than it is long: the last one's target
        self.starts = range(0, len(self.token_ids) - max_length, stride)

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        start = self.starts[index]
        inputs = self.token_ids[start : start + self.max_length]  # (T,)
        targets = self.token_ids[start + 1 : start + 1 + self.max_length]  # (T,)
        return inputs, targets
