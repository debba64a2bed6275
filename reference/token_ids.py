"""Conversion between a text and the batch of token ids that a model takes (book, section 5.1.1).

Shapes: batch size B = 1, sequence length T.
"""

from __future__ import annotations

from typing import Any

import torch


def text_to_token_ids(text: str, tokenizer: Any) -> torch.Tensor:
    """Encodes a text as a batch with one sequence of ids: (1, T), int64. Book, section 5.1.1.

    "<|endoftext|>" in the text becomes its special id.
    """
    encoded = tokenizer.encode(text, allowed_special={"<|endoftext|>"})
    sequence = torch.tensor(encoded, dtype=torch.long)
    batch = sequence.unsqueeze(0)
    return batch


def token_ids_to_text(token_ids: torch.Tensor, tokenizer: Any) -> str:
    """Decodes a batch with one sequence of ids, (1, T). Book, section 5.1.1."""
    flat = token_ids.squeeze(0)
    ids = flat.tolist()
    text: str = tokenizer.decode(ids)
    return text
