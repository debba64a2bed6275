"""Batches of instructions in which only the responses are learned (book, exercise 7.2).

Shapes: batch size B, sequence length T.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch


def custom_collate_fn(
    batch: Sequence[tuple[int, list[int]]],
    pad_token_id: int = 50256,
    ignore_index: int = -100,
    allowed_max_length: int | None = None,
    device: torch.device | str = "cpu",
) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns inputs and targets, (B, T) each, int64; T is the length of the longest list. Book, exercise 7.2.

    batch: pairs of the prompt's length, at least 1, and the ids of the prompt and the response
    The targets that belong to the prompt, and those of the padding after the first end token, are ignore_index.
    """
    longest = max(len(ids) for _, ids in batch)
    input_rows, target_rows = [], []
    for instruction_length, ids in batch:
        missing = longest - len(ids)
        inputs = ids + [pad_token_id] * missing
        targets = [*ids[1:], pad_token_id] + [ignore_index] * missing
        masked = instruction_length - 1  # target i is the id i + 1, and the first id of all is no target
        targets = [ignore_index] * masked + targets[masked:]
        input_rows.append(inputs[:allowed_max_length])
        target_rows.append(targets[:allowed_max_length])
    return torch.tensor(input_rows, device=device), torch.tensor(target_rows, device=device)
