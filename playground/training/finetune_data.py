"""Reads the examples of a fine-tuning, instructions or labelled messages, and splits off the held-out ones.

Imports no torch.
"""

from __future__ import annotations

import csv
import io
import json
import random
from collections import Counter
from pathlib import Path

import msgspec

from exercises.texts import instruction_entries, labelled_messages

MAX_BYTES = 200_000_000
MIN_INSTRUCTIONS = 10
MIN_PER_LABEL = 10
MAX_LABELS = 10
HELD_OUT = 0.1  # of the instructions
TEST = 0.3  # of the messages of each label


class DataError(ValueError):
    """The file with the examples cannot be used; the message says why and what the format is."""


class Instruction(msgspec.Struct, frozen=True):
    """An entry of chapter 7's data: the task, its input (which can be empty) and the response."""

    instruction: str
    input: str
    output: str

    @property
    def request(self) -> str:
        """The user's turn of a chat."""
        return f"{self.instruction}\n\n{self.input}" if self.input else self.instruction

    def as_entry(self) -> dict[str, str]:
        """The entry as the book's functions take it."""
        return {"instruction": self.instruction, "input": self.input, "output": self.output}


class Message(msgspec.Struct, frozen=True):
    label: str
    text: str


def read_instructions(path: Path | None) -> list[Instruction]:
    """Returns the entries of a JSON file, or the course's 1,100 without a path. Raises DataError."""
    if path is None:
        return [Instruction(**entry) for entry in instruction_entries()]
    form = 'a list of objects with the texts "instruction", "input" and "output"'
    try:
        data = json.loads(_text(path))
    except json.JSONDecodeError as error:
        raise DataError(f"{path.name} is not JSON: {error.msg} in line {error.lineno}. It should be {form}.") from None
    except RecursionError:
        raise DataError(f"{path.name} is nested too deeply. It should be {form}.") from None
    if not isinstance(data, list):
        raise DataError(f"{path.name} holds {_kind(data)}; it should be {form}.")
    entries = [_instruction(entry, f"Entry {number} of {path.name}") for number, entry in enumerate(data, 1)]
    if len(entries) < MIN_INSTRUCTIONS:
        raise DataError(f"{path.name} has {len(entries)} entries; at least {MIN_INSTRUCTIONS} are needed, "
                        "because a tenth of them is held out.")  # fmt: skip
    return entries


def read_messages(path: Path | None) -> list[Message]:
    """Returns the messages of a CSV file, or the course's 1,500 without a path. Raises DataError."""
    if path is None:
        return [Message(label, text) for label, text in labelled_messages()]
    try:
        rows = list(csv.reader(io.StringIO(_text(path)), strict=True))
    except csv.Error as error:
        raise DataError(f"{path.name} is not CSV: {error}. Its first line should be Label,Text.") from None
    if not rows or [cell.strip() for cell in rows[0]] != ["Label", "Text"]:
        raise DataError(f"The first line of {path.name} should be Label,Text, the names of its two columns.")
    messages = []
    for number, row in enumerate(rows[1:], 1):
        if not row:
            continue
        if len(row) != 2 or not row[0].strip() or not row[1].strip():
            raise DataError(f"Row {number} of {path.name} should have a label and a text, and nothing else; a text "
                            "with commas stands in quotation marks.")  # fmt: skip
        messages.append(Message(row[0].strip(), row[1]))
    counts = Counter(message.label for message in messages)
    if not 2 <= len(counts) <= MAX_LABELS:
        raise DataError(f"{path.name} has {len(counts)} different labels; a classifier needs 2 to {MAX_LABELS}.")
    label, count = min(counts.items(), key=lambda item: item[1])
    if count < MIN_PER_LABEL:
        raise DataError(f"{path.name} has {count} messages with the label {label}; each label needs at least "
                        f"{MIN_PER_LABEL}.")  # fmt: skip
    return messages


def split_instructions(entries: list[Instruction], seed: int) -> tuple[list[Instruction], list[Instruction]]:
    """Returns the entries for training, and a tenth that is held out, both shuffled."""
    shuffled = random.Random(f"{seed}-instructions").sample(entries, len(entries))
    held_out = max(2, int(len(entries) * HELD_OUT))
    return shuffled[held_out:], shuffled[:held_out]


def split_messages(messages: list[Message], seed: int) -> tuple[list[Message], list[Message]]:
    """Returns equally many messages of each label, drawn at random: 70% for training, and 30% held out."""
    rng = random.Random(f"{seed}-messages")
    by_label: dict[str, list[Message]] = {}
    for message in messages:
        by_label.setdefault(message.label, []).append(message)
    size = min(len(group) for group in by_label.values())
    held_out = round(size * TEST)
    training: list[Message] = []
    test: list[Message] = []
    for label in sorted(by_label):
        drawn = rng.sample(by_label[label], size)
        test += drawn[:held_out]
        training += drawn[held_out:]
    return rng.sample(training, len(training)), rng.sample(test, len(test))


def _instruction(entry: object, what: str) -> Instruction:
    if not isinstance(entry, dict):
        raise DataError(f'{what} is {_kind(entry)}; it should be an object with "instruction", "input" and "output".')
    texts = {"input": "", **entry}
    for key in ("instruction", "input", "output"):
        if key not in texts:
            raise DataError(f'{what} has no "{key}".')
        if not isinstance(texts[key], str):
            raise DataError(f'"{key}" should be a text. {what} has {_kind(texts[key])} there.')
        if key != "input" and not texts[key].strip():
            raise DataError(f'{what} has an empty "{key}".')
    return Instruction(texts["instruction"], texts["input"], texts["output"])


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DataError(f"{path.name} is larger than {MAX_BYTES // 1_000_000} MB.")
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise DataError(f"The file {path} does not exist.") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path.name} is not UTF-8 text: byte {error.start} is wrong.") from None


def _kind(value: object) -> str:
    kinds = {dict: "an object", list: "a list", str: "a text", bool: "true or false", int: "a number",
             float: "a number", type(None): "null"}  # fmt: skip
    return kinds.get(type(value), type(value).__name__)
