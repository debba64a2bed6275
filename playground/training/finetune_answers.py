"""Greedy answers of a model during its fine-tuning, to compare what it wrote before and after."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from playground.host.cached_gpt import CachedGPT
from playground.host.tokenizer import Tokenizer
from playground.training.finetune_data import Instruction
from playground.training.finetune_examples import prompt_ids
from reference.llama import KVCache, Llama

MAX_TOKENS = 48


@torch.no_grad()
def answer(
    model: Llama | CachedGPT, tokenizer: Tokenizer, entry: Instruction, check: Callable[[], None]
) -> str:  # fmt: skip
    """Returns the most probable response to an instruction, token by token. `check` is called before each token."""
    cache = KVCache(model.cfg)
    new = prompt_ids(tokenizer, entry)
    response: list[int] = []
    room = model.cfg.context_length - len(new)
    while len(response) < min(MAX_TOKENS, room):
        check()
        token = int(model(torch.tensor([new]), cache, last_only=True)[0, -1].argmax())
        if token in tokenizer.end_ids:
            break
        response.append(token)
        new = [token]
    return tokenizer.decode(response).strip()


def answers(
    model: Llama | CachedGPT, tokenizer: Tokenizer, entries: Sequence[Instruction], check: Callable[[], None]
) -> list[str]:
    """Returns an answer for each entry."""
    return [answer(model, tokenizer, entry, check) for entry in entries]
