"""Turns instructions and messages into token ids, with the positions whose predictions are learned.

Imports no torch.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from playground.host.tokenizer import Tokenizer
from playground.training.finetune_data import DataError, Instruction, Message
from reference.chat_template import render_chat
from reference.instruction_format import format_input

RESPONSE = "\n\n### Response:\n"
POOL = 8  # batches that are sorted by length together


@dataclass(frozen=True)
class Example:
    """A sequence of ids. At each of `positions` the model learns the one of `targets` at the same place.

    `key` is different for each example; a cache is indexed by it.
    """

    key: int
    ids: tuple[int, ...]
    positions: tuple[int, ...]
    targets: tuple[int, ...]


def prompt_ids(tokenizer: Tokenizer, entry: Instruction) -> list[int]:
    """Returns the ids before the response: in the model's chat template, or else in Alpaca's format (book, 7.2)."""
    if tokenizer.chat_template is None:
        ids = tokenizer.encode(format_input(entry.as_entry()) + RESPONSE)
        return [tokenizer.start_id, *ids] if tokenizer.adds_bos else ids
    names = {"bos_token": tokenizer.bos_id, "eos_token": tokenizer.eos_id}
    tokens = {name: "" if i is None else tokenizer.decode([i]) for name, i in names.items()}
    turns = [{"role": "user", "content": entry.request}]
    return tokenizer.encode(render_chat(tokenizer.chat_template, turns, **tokens))


def end_id(tokenizer: Tokenizer) -> int:
    """The id that ends a response."""
    return tokenizer.eos_id if tokenizer.eos_id is not None else tokenizer.start_id


def instruction_examples(
    entries: Sequence[Instruction], tokenizer: Tokenizer, max_length: int, first_key: int = 0
) -> list[Example]:
    """Returns an example for each entry that has at most max_length tokens; only the response is learned.

    The targets are those of `reference.instruction_mask`: the ids of the response and of its end.
    """
    examples = []
    for key, entry in enumerate(entries, first_key):
        prompt = prompt_ids(tokenizer, entry)
        response = [*tokenizer.encode(entry.output, special=False), end_id(tokenizer)]
        ids = prompt + response[:-1]  # the end is predicted, and nothing follows it
        if len(ids) <= max_length:
            positions = range(len(prompt) - 1, len(ids))
            examples.append(Example(key, tuple(ids), tuple(positions), tuple(response)))
    return examples


def message_ids(tokenizer: Tokenizer, text: str, max_length: int) -> tuple[int, ...]:
    """Returns the ids of a message after the id that begins a text, cut to max_length."""
    return (tokenizer.start_id, *tokenizer.encode(text, special=False))[:max_length]


def message_examples(
    messages: Sequence[Message], labels: Sequence[str], tokenizer: Tokenizer, max_length: int, first_key: int = 0
) -> list[Example]:
    """Returns an example for each message: at its last token, the index of its label is learned."""
    examples = []
    for key, message in enumerate(messages, first_key):
        ids = message_ids(tokenizer, message.text, max_length)
        examples.append(Example(key, ids, (len(ids) - 1,), (labels.index(message.label),)))
    return examples


def require(examples: list[Example], entries: int, max_length: int, notify: Callable[[str], None]) -> list[Example]:
    """Notes how many entries were too long. Raises DataError if none is left."""
    if not examples:
        raise DataError(f"Every entry is longer than {max_length} tokens, the most that this model can read.")
    if len(examples) < entries:
        notify(
            f"{entries - len(examples):,} of {entries:,} entries are longer than {max_length} tokens and are left out."
        )
    return examples


def batches(examples: Sequence[Example], size: int, seed: int, epoch: int) -> list[list[Example]]:
    """Returns the batches of an epoch in a random order that depends on the seed and the epoch only.

    Examples of similar length share a batch, so that little padding is computed.
    """
    rng = random.Random(f"{seed}-epoch-{epoch}")
    shuffled = rng.sample(list(examples), len(examples))
    result = []
    for pool in _chunks(shuffled, size * POOL):
        result += list(_chunks(sorted(pool, key=lambda example: len(example.ids)), size))
    rng.shuffle(result)
    return result


def common_prefix(examples: Sequence[Example]) -> int:
    """Returns how many first ids all examples share, all of them before the first learned position."""
    if not examples:
        return 0
    first = examples[0].ids
    length = min(example.positions[0] for example in examples)
    for example in examples:
        while example.ids[:length] != first[:length]:
            length -= 1
    return length


def _chunks(items: list[Example], size: int) -> Iterator[list[Example]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
