"""A data loader for next-token prediction (book, section 2.6).

Shapes: batch size B, window length T = max_length.
"""

from __future__ import annotations

import tiktoken
import torch
from torch.utils.data import DataLoader

from reference.data import GPTDatasetV1


def create_dataloader_v1(
    txt: str,
    batch_size: int = 4,
    max_length: int = 256,
    stride: int = 128,
    shuffle: bool = True,
    drop_last: bool = True,
    num_workers: int = 0,
) -> DataLoader[tuple[torch.Tensor, torch.Tensor]]:
    """Returns a loader of (inputs, targets), both (B, T), encoded with GPT-2's tokenizer. Book, section 2.6."""
    tokenizer = tiktoken.get_encoding("gpt2")
    dataset = GPTDatasetV1(txt, tokenizer, max_length, stride)
    return DataLoader(
        dataset,
        batch_size=batch_size,
        shuffle=shuffle,  # a new order in each epoch
        drop_last=drop_last,  # a smaller last batch can cause a spike in the loss
        num_workers=num_workers,
    )
