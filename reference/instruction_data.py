"""Instructions and responses as training batches (book, sections 7.2 and 7.3).

Shapes: batch size B, sequence length T.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch.utils.data import Dataset

from reference.instruction_format import format_input


class InstructionDataset(Dataset[list[int]]):
    """The token ids of each entry: its prompt, followed by its response. Book, section 7.3.

    data: entries with the texts "instruction", "input" and "output"
    tokenizer: tokenizer.encode(text) returns a list of ids
    """

    def __init__(self, data: Sequence[Mapping[str, str]], tokenizer: Any) -> None:
        self.encoded_texts: list[list[int]] = []
        for entry in data:
            prompt = format_input(entry)
            response = f"\n\n### Response:\n{entry['output']}"
            ids = tokenizer.encode(prompt + response)
            self.encoded_texts.append(ids)

    def __getitem__(self, index: int) -> list[int]:
        return self.encoded_texts[index]

    def __len__(self) -> int:
        return len(self.encoded_texts)


def custom_collate_fn(
    batch: Sequence[list[int]],
    pad_token_id: int = 50256,
    ignore_index: int = -100,
    allowed_max_length: int | None = None,
    device: torch.device | str = "cpu",
) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns inputs and targets, (B, T) each, int64; T is the length of the longest list. Book, section 7.3.

    Each list gets one end token, which is learned as a target. The padding after it is not: there the inputs are
    pad_token_id and the targets ignore_index. allowed_max_length cuts both.
    """
    longest = max(len(ids) for ids in batch)
    input_rows, target_rows = [], []
    for ids in batch:
        ended = [*ids, pad_token_id]  # pad_token_id is the end token, too
        missing = longest + 1 - len(ended)
        padded = ended + [pad_token_id] * missing
        inputs = padded[:-1]
        targets = ended[1:] + [ignore_index] * missing
        input_rows.append(inputs[:allowed_max_length])
        target_rows.append(targets[:allowed_max_length])
    return torch.tensor(input_rows, device=device), torch.tensor(target_rows, device=device)
