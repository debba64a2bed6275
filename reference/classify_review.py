"""Classifies one text with a fine-tuned GPT (book, section 6.8).

Shapes: sequence length T.
"""

from __future__ import annotations

from typing import Any

import torch


def classify_review(
    text: str,
    model: Any,
    tokenizer: Any,
    device: torch.device | str,
    max_length: int | None = None,
    pad_token_id: int = 50256,
) -> str:
    """Returns "spam" or "not spam", by the class with the larger logit at the last token. Book, section 6.8.

    max_length: T, the length of the messages in training, at most the context length, which is the default
    pad_token_id: fills a shorter text at its end
    """
    model.eval()
    context_length = model.pos_emb.weight.shape[0]
    length = context_length if max_length is None else max_length
    ids = tokenizer.encode(text)[:length]
    padded = ids + [pad_token_id] * (length - len(ids))
    batch = torch.tensor(padded, device=device).unsqueeze(0)  # (1, T)
    with torch.no_grad():
        logits = model(batch)[:, -1, :]  # (1, 2)
    label = logits.argmax(dim=-1).item()
    return "spam" if label == 1 else "not spam"
