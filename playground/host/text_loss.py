"""The loss of a model on text: of given ids, and of the fixed sample that a model's card states."""

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from exercises.texts import many_stories
from playground.byte_bpe import ByteBPE

SAMPLE_SEED, SAMPLE_TOKENS = 1000, 20_000  # pocket is trained on stories of seed 1
BATCH = 8  # sequences at a time


def sample_ids(tokenizer: ByteBPE) -> list[int]:
    """Returns the first SAMPLE_TOKENS ids of stories that no training has seen, each after an <|endoftext|>."""
    ids: list[int] = []
    for story in many_stories(10 * SAMPLE_TOKENS, SAMPLE_SEED).split("\n\n"):
        ids += [tokenizer.end_id, *tokenizer.encode(story)]
    return ids[:SAMPLE_TOKENS]


@torch.no_grad()
def loss_of_ids(model: Callable[[Tensor], Tensor], ids: Sequence[int], context_length: int) -> float:
    """Returns the mean loss in nats per token, over consecutive sequences of the context length.

    Each sequence is read without those before it; an incomplete one at the end is left out.
    """
    count = (len(ids) - 1) // context_length
    inputs = torch.tensor(ids[: count * context_length]).view(count, context_length)
    targets = torch.tensor(ids[1 : count * context_length + 1]).view(count, context_length)
    total = 0.0
    for batch, wanted in zip(inputs.split(BATCH), targets.split(BATCH), strict=True):
        total += float(F.cross_entropy(model(batch).flatten(0, 1), wanted.flatten(), reduction="sum"))
    return total / targets.numel()
