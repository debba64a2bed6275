"""Generates instructions with their responses, reproducibly for a given seed.

A task looks its answer up in a table of instructions.toml, or computes it (instruction_numbers and
instruction_sentences). So every response is right by construction.
"""

from __future__ import annotations

import json
import random
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

from exercises.texts.instruction_numbers import NUMBER_TASKS, Entry
from exercises.texts.instruction_sentences import SENTENCE_TASKS

FOLDER = Path(__file__).parent
MAX_PER_TASK = 30  # of 1,100 entries, so that no task dominates


def generate_instructions(number: int = 1100, seed: int = 0) -> list[dict[str, str]]:
    """Returns this many different entries with the keys instruction, input and output, as in the book's file."""
    return [dict(zip(("instruction", "input", "output"), entry, strict=True)) for _, entry in draw(number, seed)]


def as_json(entries: list[dict[str, str]]) -> str:
    """Returns the entries as a JSON file."""
    return json.dumps(entries, indent=4) + "\n"


def draw(number: int, seed: int) -> list[tuple[str, Entry]]:
    """Returns entries with the name of their task, in a random order."""
    rng = random.Random(seed)
    tables, words = _tables(), _words()
    computed = {task.__name__: task for task in (*NUMBER_TASKS, *SENTENCE_TASKS)}
    names = [*tables, *computed]
    entries: list[tuple[str, Entry]] = []
    seen: set[tuple[str, ...]] = set()
    counts: Counter[str] = Counter()
    while len(entries) < number:
        name = rng.choice(names)
        entry = computed[name](rng, words) if name in computed else _look_up(tables[name], rng)
        # with an equal input and response, only the words of the instruction would differ
        if counts[name] < MAX_PER_TASK and seen.isdisjoint((entry[:2], entry[1:])):
            seen.update((entry[:2], entry[1:]))
            entries.append((name, entry))
            counts[name] += 1
    return entries


def _look_up(table: dict[str, Any], rng: random.Random) -> Entry:
    a, b = rng.choice(table["pairs"])
    if table.get("swap") and rng.random() < 0.5:
        a, b = b, a
    ask = rng.choice(table["ask"]).replace("{a}", a)
    given = table.get("input", "").replace("{a}", a)
    return ask, given, table["answer"].replace("{a}", a).replace("{b}", b)


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads((FOLDER / "instructions.toml").read_text(encoding="ascii"))


def _tables() -> dict[str, Any]:
    return {table["name"]: table for table in _data()["table"]}


def _words() -> dict[str, Any]:
    return {**_data()["words"], **{name: _data()[name] for name in ("categories", "animal_kinds", "states")}}
