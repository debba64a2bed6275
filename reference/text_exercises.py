"""The book's exercises 2.1 and 2.2: GPT-2's tokens of an unknown word, and the windows of a data loader."""

from __future__ import annotations

import tiktoken
import torch

from reference.data_loader import create_dataloader_v1


def encode_pieces(text: str) -> tuple[list[int], list[str], str]:
    """Returns GPT-2's ids of a text, the text of each id, and the text of all ids. Book, exercise 2.1."""
    tokenizer = tiktoken.get_encoding("gpt2")
    ids = tokenizer.encode(text)
    pieces = [tokenizer.decode([idx]) for idx in ids]
    restored = tokenizer.decode(ids)
    return ids, pieces, restored


def window_inputs(txt: str, max_length: int, stride: int) -> torch.Tensor:
    """Returns the inputs of all windows of a text, in order: (N, max_length). Book, exercise 2.2."""
    loader = create_dataloader_v1(
        txt, batch_size=1, max_length=max_length, stride=stride, shuffle=False, drop_last=False
    )
    windows = [inputs for inputs, _ in loader]  # each (1, max_length)
    stacked = torch.cat(windows)
    return stacked
