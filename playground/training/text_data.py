"""Prepares the text of a training: reads files, learns a vocabulary, converts all to ids once, and cuts batches."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from exercises.texts import many_stories
from playground.byte_bpe import ByteBPE
from playground.training_recipe import STORIES, Recipe
from reference.gpt2_tokenizer import END

HELD_OUT = 0.1  # of the text, where no validation text is given
VOCABULARY_CHARACTERS = 5_000_000  # a longer text is sampled to learn its vocabulary
ENCODED_CHARACTERS = 200_000  # per progress report
MAX_TEXT_BYTES = 4_000_000_000
EMPTY_LINES = re.compile(r"\n(?:[ \t]*\n)+")
Report = Callable[[str, float], None]  # (what, fraction done); may raise to stop


class TextError(ValueError):
    """The text cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Tokens:
    """The ids of the text to train on and of the held-out text, int32 each."""

    training: Tensor
    validation: Tensor


def read_text(path: str) -> str:
    """Returns the text of a file, or stories (`training_recipe.STORIES`).

    Raises TextError if there is none, or if the file is no text.
    """
    if match := STORIES.fullmatch(path):
        return many_stories(int(float(match["megabytes"]) * 1_000_000), int(match["seed"] or 0))
    try:
        data = Path(path).expanduser().read_bytes()
    except OSError as error:
        raise TextError(f"{path} cannot be read: {error.strerror}.") from None
    if b"\0" in data:
        raise TextError(f"{path} is a binary file, not a text. Give a text file in UTF-8.")
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise TextError(
            f"{path} is not a text in UTF-8: byte {data[error.start]:#04x} at position {error.start} fits no "
            "character. Save the text as UTF-8."
        ) from None
    if not text.strip():
        raise TextError(f"{path} is empty. Give a text of some thousand characters, "
                        "or make one with `fromscratch text stories`.")  # fmt: skip
    return text


def documents(path: str, kind: str) -> list[str]:
    """Returns the documents of a file: what stands between <|endoftext|>, or also between empty lines."""
    text, kind = read_text(path), "paragraph" if STORIES.fullmatch(path) else kind
    parts = text.split(END) if kind == "file" else EMPTY_LINES.split(text.replace(END, "\n\n"))
    return [part.strip("\n") for part in parts if part.strip()]


def prepare(recipe: Recipe, report: Report, tokenizer: ByteBPE | None = None) -> tuple[ByteBPE, Tokens]:
    """Returns the tokenizer, by default one that learns its vocabulary from the text, and the ids.

    Raises TextError if a text cannot be used or is too short for the recipe's context length.
    """
    report("reading the text", 0.0)
    training = [doc for path in recipe.texts for doc in documents(path, recipe.documents)]
    held_out = documents(recipe.validation, recipe.documents) if recipe.validation else None
    if tokenizer is None:
        report("learning the vocabulary", 0.0)
        tokenizer = ByteBPE()
        tokenizer.train("\n".join(_sampled(training)), recipe.vocab_size)
        tokenizer.adds_bos = True  # every document follows an <|endoftext|>
    ids = _encode(training, tokenizer, report, "converting the text to tokens")
    smallest = recipe.context_length + 1
    if held_out is None:
        count = max(round(len(ids) * HELD_OUT), smallest)
        if len(ids) - count < smallest:
            raise TextError(_too_short("text", len(ids), 2 * smallest, recipe.context_length))
        training_ids, validation_ids = ids[:-count], ids[-count:]
    else:
        training_ids = ids
        validation_ids = _encode(held_out, tokenizer, report, "converting the held-out text to tokens")
        for name, part in (("text", training_ids), ("held-out text", validation_ids)):
            if len(part) < smallest:
                raise TextError(_too_short(name, len(part), smallest, recipe.context_length))
    return tokenizer, Tokens(training_ids.clone(), validation_ids.clone())


def _too_short(name: str, tokens: int, needed: int, context_length: int) -> str:
    return (
        f"The {name} has only {tokens:,} tokens; a context of {context_length} tokens needs at least {needed:,}, "
        "for training and for held-out text. Give a longer text or a smaller --context-length."
    )


def _sampled(texts: list[str]) -> Iterator[str]:
    """Yields parts of the texts, evenly spread, of about VOCABULARY_CHARACTERS in all."""
    total = sum(map(len, texts))
    if total <= VOCABULARY_CHARACTERS:
        yield from texts
        return
    step = total / VOCABULARY_CHARACTERS
    if len(texts) > 10 * step:
        yield from texts[:: int(step) + 1]
    else:
        yield from (text[: max(1, int(len(text) / step))] for text in texts)


def _encode(texts: list[str], tokenizer: ByteBPE, report: Report, what: str) -> Tensor:
    """Returns the ids of all documents, each after an <|endoftext|>."""
    total, done, reported = sum(map(len, texts)) or 1, 0, 0
    ids = array("i")
    report(what, 0.0)
    for text in texts:
        ids.append(tokenizer.end_id)
        for part in _parts(text):
            ids.extend(tokenizer.encode(part, special=False))
            done += len(part)
            if done - reported >= ENCODED_CHARACTERS:
                reported = done
                report(what, done / total)
    return torch.frombuffer(ids, dtype=torch.int32).clone()


def _parts(text: str) -> Iterator[str]:
    """Cuts a long text before line ends, where GPT-2's pieces rarely cross, so that progress shows."""
    start = 0
    while len(text) - start > ENCODED_CHARACTERS:
        end = text.rfind("\n", start + 1, start + ENCODED_CHARACTERS)
        end = end if end > start else start + ENCODED_CHARACTERS
        yield text[start:end]
        start = end
    yield text[start:]


class Batches:
    """The batches of each optimizer step, which depend on nothing but the ids, the seed and the step's number.

    Each epoch cuts the ids into blocks of T tokens, at an offset of its own, and visits every block once in a random
    order; so a resumed training needs no position but its step.
    """

    def __init__(self, ids: Tensor, batch_size: int, context_length: int, seed: int) -> None:
        self.ids, self.batch_size, self.context_length, self.seed = ids, batch_size, context_length, seed
        usable = len(ids) - 1  # the last token is a target only
        self.blocks = max(1, usable // context_length - 1)
        self.slack = usable - self.blocks * context_length  # the number of possible offsets, less one
        self.window = torch.arange(context_length + 1)
        self._epoch = -1
        self._starts = torch.empty(0, dtype=torch.int64)

    def batch(self, step: int) -> tuple[Tensor, Tensor]:
        """Returns inputs and targets of the step, counted from 0: (B, T) each, int64."""
        first = step * self.batch_size
        starts = torch.tensor([self._start(number) for number in range(first, first + self.batch_size)])
        rows = self.ids[starts[:, None] + self.window].long()  # (B, T + 1)
        return rows[:, :-1], rows[:, 1:]

    def _start(self, number: int) -> int:
        epoch, place = divmod(number, self.blocks)
        if epoch != self._epoch:
            generator = torch.Generator().manual_seed(self.seed * 1_000_003 + epoch)
            offset = torch.randint(self.slack + 1, (), generator=generator)
            order = torch.randperm(self.blocks, generator=generator)
            self._epoch, self._starts = epoch, order * self.context_length + offset
        return int(self._starts[place])


def held_out_batches(ids: Tensor, batch_size: int, context_length: int, count: int) -> list[tuple[Tensor, Tensor]]:
    """Returns at most `count` batches of held-out blocks, evenly spread, the same at every call."""
    blocks = (len(ids) - 1) // context_length
    wanted = min(blocks, count * batch_size)
    starts = torch.linspace(0, (blocks - 1) * context_length, wanted).long() // context_length * context_length
    rows = ids[starts[:, None] + torch.arange(context_length + 1)].long()
    return [(part[:, :-1], part[:, 1:]) for part in rows.split(batch_size)]
