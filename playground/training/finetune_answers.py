"""Greedy answers of a model during its fine-tuning, to compare what it wrote before and after."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from playground.training.finetune_base import Base
from playground.training.finetune_data import Instruction
from playground.training.finetune_examples import prompt_ids

MAX_TOKENS = 48


@torch.no_grad()
def answer(base: Base, entry: Instruction, check: Callable[[], None]) -> str:
    """Returns the most probable response to an instruction, token by token. `check` is called before each token."""
    new = prompt_ids(base.tokenizer, entry)
    room = base.context_length - len(new)
    next_logits = base.begin_text()
    response: list[int] = []
    while len(response) < min(MAX_TOKENS, room):
        check()
        token = int(next_logits(new).argmax())
        if token in base.tokenizer.end_ids:
            break
        response.append(token)
        new = [token]
    return base.tokenizer.decode(response).strip()


def answers(base: Base, entries: Sequence[Instruction], check: Callable[[], None]) -> list[str]:
    """Returns an answer for each entry."""
    return [answer(base, entry, check) for entry in entries]
