"""The instructions: the stored file, its variety, and responses that are recomputed in a different way."""

from __future__ import annotations

import json
import operator
import re
from calendar import day_name
from collections import Counter
from datetime import datetime
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from exercises.texts import instruction_entries
from exercises.texts.instructions import FOLDER, _tables, _words, as_json, draw, generate_instructions
from tests.support.command_line import invoke, run_python

OPERATIONS = {"plus": operator.add, "minus": operator.sub, "times": operator.mul}
ENTRIES = instruction_entries()
DRAWN = draw(1100, 0)


def test_the_stored_file_is_what_the_generator_writes() -> None:
    code = (
        "import sys; from exercises.texts.instructions import as_json, generate_instructions;"
        "sys.stdout.write(as_json(generate_instructions()))"
    )
    assert run_python(code, PYTHONHASHSEED="1").stdout == (FOLDER / "instructions.json").read_text(encoding="ascii")
    assert generate_instructions(30, seed=1) != generate_instructions(30, seed=2)


def test_entries_have_the_books_form_and_half_have_an_input() -> None:
    assert len(ENTRIES) == 1100 and all(list(entry) == ["instruction", "input", "output"] for entry in ENTRIES)
    for entry in ENTRIES:
        assert entry["instruction"] and entry["output"] and as_json([entry]).isascii()
        assert all(text == text.strip() and not re.search(r"[{}<>|]|  ", text) for text in entry.values()), entry
    assert 500 < sum(entry["input"] != "" for entry in ENTRIES) < 650


def test_no_two_entries_are_alike() -> None:
    questions = {(entry["instruction"].lower(), entry["input"].lower()) for entry in ENTRIES}
    answers = {(entry["input"], entry["output"]) for entry in ENTRIES}
    assert len(questions) == len(answers) == 1100
    tasks = Counter(name for name, _ in DRAWN)
    assert len(tasks) >= 60 and max(tasks.values()) <= 30


def test_tables_have_no_contradictions() -> None:
    for name, table in _tables().items():
        keys = [a for a, _ in table["pairs"]]
        assert len(set(keys)) == len(keys), name
        if table.get("swap"):
            assert len({word for pair in table["pairs"] for word in pair}) == 2 * len(keys), name
    words = _words()
    for group in ("categories", "animal_kinds", "states"):
        members = [word for kind in words[group].values() for word in kind]
        assert len(set(members)) == len(members), group


def numbers(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"-?\d+", text)]


def items(text: str) -> list[str]:
    return text.split(", ")


def worked_out(task: str, ask: str, given: str) -> Any:
    """Computes the answer of a task from its text alone."""
    found = numbers(ask + " " + given)
    words = re.findall(r"[A-Za-z]+", given)
    quoted = (re.findall(r"'(\w+)'", ask) or [""])[0]
    order = "descending" in ask
    return {
        "sums": lambda: OPERATIONS[re.findall("plus|minus|times", ask)[0]](*found),
        "quotient": lambda: found[0] / found[1],
        "percentage": lambda: found[0] / 100 * found[1],
        "temperature": lambda: found[0] * 1.8 + 32,
        "ordered_numbers": lambda: sorted(found, reverse=order),
        "extreme": lambda: sorted(found)[-1 if "largest" in ask else 0],
        "mean": lambda: mean(found),
        "parity": lambda: "even" if given[-1] in "02468" else "odd",
        "prime": lambda: "No" if any(found[0] % n == 0 for n in (2, 3, 5, 7, 11)) and found[0] > 11 else "Yes",
        "binary": lambda: int(bin(found[0])[2:]),
        "sequence": lambda: 2 * found[-1] - found[-2],
        "rectangle": lambda: found[0] * found[1] if "area" in ask else found[0] * 2 + found[1] * 2,
        "iso_date": lambda: datetime.strptime(given, "%d %B %Y").strftime("%Y-%m-%d"),
        "weekday": lambda: list(day_name)[(list(day_name).index(ask.split()[2][:-1]) + found[0]) % 7],
        "ordered_words": lambda: sorted(items(given)),
        "reversed_word": lambda: "".join(reversed(quoted)),
        "vowels": lambda: len(re.sub("[^aeiou]", "", quoted)),
        "letters": lambda: len(quoted),
        "word_count": lambda: given.count(" ") + 1,
        "capitals": lambda: given.swapcase().upper(),
        "longest_word": lambda: sorted(words, key=len)[-1],
        "bullet_points": lambda: "- " + given.replace(", ", "\n- "),
        "repeated_words": lambda: sorted(set(items(given)), key=items(given).index),
    }.get(task, lambda: None)()  # fmt: skip


@pytest.mark.parametrize("task", sorted({name for name, _ in DRAWN}))
def test_responses_are_right(task: str) -> None:
    for ask, given, output in (entry for name, entry in DRAWN if name == task):
        answer = worked_out(task, ask, given)
        if task in _tables():
            table = _tables()[task]
            pairs = [*table["pairs"], *([pair[::-1] for pair in table["pairs"]] if table.get("swap") else [])]
            assert any(a in f"{ask} {given}" and output == table["answer"].format(a=a, b=b) for a, b in pairs)
        elif isinstance(answer, int | float):
            assert any(abs(number - answer) < 1e-9 for number in numbers(output)), (ask, given, output)
        elif isinstance(answer, list):
            assert output == ", ".join(map(str, answer)), (ask, given, output)
        elif answer is not None:
            assert re.search(rf"(^|\b|'){re.escape(answer)}", output), (ask, given, output)


def test_the_books_code_reads_what_the_command_writes(tmp_path: Path) -> None:
    path = tmp_path / "instruction-data.json"
    result = invoke("text", "instructions", "-o", path)
    assert result.exit_code == 0, result.output
    with path.open(encoding="utf-8") as file:
        assert json.load(file) == ENTRIES
    assert invoke("text", "instructions", "-o", path).exit_code == 2


def test_the_readme_states_the_origin() -> None:
    note = (FOLDER / "README.md").read_text()
    assert "CC0" in note and "instructions.json" in note and "instructions.py" in note
