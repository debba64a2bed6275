"""Conversations as training texts: SmolLM2's chat template, and which of the tokens are learned.

`reference.chat_template` renders the templates of any model file; `render` writes the one of SmolLM2 by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

START, END = "<|im_start|>", "<|im_end|>"
DEFAULT_SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
IGNORED = -100  # the target that cross_entropy leaves out


class Encoder(Protocol):
    """A tokenizer for which START and END are one token each."""

    def encode(self, text: str) -> list[int]: ...


def with_system(messages: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """Returns the messages, after the default system message if they do not begin with one."""
    first = [] if messages[0]["role"] == "system" else [{"role": "system", "content": DEFAULT_SYSTEM}]
    return first + list(messages)


def header(message: dict[str, str]) -> str:
    """Returns what stands before a message's content."""
    return START + message["role"] + "\n"


def render(messages: Sequence[dict[str, str]]) -> str:
    """Returns a conversation, at least one message, as one text in SmolLM2's format (ChatML)."""
    turns = with_system(messages)
    text = "".join(header(turn) + turn["content"] + END + "\n" for turn in turns)
    return text


def targets(messages: Sequence[dict[str, str]], tokenizer: Encoder) -> tuple[list[int], list[int]]:
    """Returns inputs and targets, T ids each: target i is the id after input i if the assistant wrote it, else -100.

    The assistant writes its contents and the end tokens after them, but neither headers nor line breaks.
    """
    ids: list[int] = []
    learned: list[bool] = []
    for turn in with_system(messages):
        spoken = turn["role"] == "assistant"
        for piece, counts in ((header(turn), False), (turn["content"] + END, spoken), ("\n", False)):
            piece_ids = tokenizer.encode(piece)
            ids += piece_ids
            learned += [counts] * len(piece_ids)
    labels = [idx if counts else IGNORED for idx, counts in zip(ids, learned, strict=True)]
    return ids[:-1], labels[1:]
