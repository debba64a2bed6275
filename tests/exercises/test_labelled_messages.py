"""The labelled messages: the stored file, its balance and variety, and how it is read by the book's code."""

from __future__ import annotations

import io
import math
import re
from collections import Counter
from itertools import combinations
from pathlib import Path

import pandas as pd
import pytest

from exercises.texts import labelled_messages
from exercises.texts.messages import FOLDER, Message, as_csv, generate_messages
from tests.support.command_line import invoke, run_python

MESSAGES = labelled_messages()


def words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z0-9']+", text.lower()))


def counts_of(messages: list[Message]) -> dict[str, tuple[int, int]]:
    """Returns the numbers of spam and of ham messages that contain a word."""
    counts = {label: Counter(word for name, text in messages if name == label for word in words(text))
              for label in ("spam", "ham")}  # fmt: skip
    return {word: (counts["spam"][word], counts["ham"][word]) for word in counts["spam"] | counts["ham"]}


def test_the_stored_file_is_what_the_generator_writes() -> None:
    code = (
        "import sys; from exercises.texts.messages import as_csv, generate_messages;"
        "sys.stdout.write(as_csv(generate_messages(1300, 200)))"
    )
    assert run_python(code, PYTHONHASHSEED="1").stdout == (FOLDER / "messages.csv").read_text(encoding="ascii")
    assert as_csv(generate_messages(30, 5, seed=1)) != as_csv(generate_messages(30, 5, seed=2))


def test_the_labels_are_balanced_as_in_the_book() -> None:
    assert Counter(label for label, _ in MESSAGES) == {"ham": 1300, "spam": 200}
    first_half = Counter(label for label, _ in MESSAGES[:750])
    assert 75 < first_half["spam"] < 125


def test_no_two_messages_are_similar() -> None:
    sets = [words(text) for _, text in MESSAGES]
    assert all(len(a & b) <= 0.7 * len(a | b) for a, b in combinations(sets, 2))
    assert len(frozenset.union(*sets)) > 1_000


def test_messages_are_complete_and_short() -> None:
    for _, text in MESSAGES:
        assert text.isascii() and text == " ".join(text.split())
        assert not re.search(r'[{}<>|"\t]| [,.?]', text), text
        assert 10 < len(text) < 220, text


def test_no_single_word_separates_the_labels_but_all_words_do() -> None:
    """The best rule of one word has a balanced accuracy of 0.7, and naive Bayes on held-out messages one of 0.95."""
    rates = [(spam / 200, ham / 1300) for spam, ham in counts_of(MESSAGES).values()]
    assert max(0.5 + abs(spam - ham) / 2 for spam, ham in rates) < 0.75

    half = {label: [message for message in MESSAGES if message[0] == label][:100] for label in ("spam", "ham")}
    counts = counts_of(half["spam"] + half["ham"])
    all_spam, all_ham = (sum(pair[index] + 1 for pair in counts.values()) for index in (0, 1))

    def looks_like_spam(text: str) -> bool:
        known = [counts[word] for word in words(text) if word in counts]
        return sum(math.log((spam + 1) / all_spam * all_ham / (ham + 1)) for spam, ham in known) > 0

    correct = {"spam": 0.0, "ham": 0.0}
    for label in correct:
        held_out = [text for name, text in MESSAGES if name == label][100:]
        correct[label] = sum(looks_like_spam(text) == (label == "spam") for text in held_out) / len(held_out)
    assert min(correct.values()) > 0.85


@pytest.mark.parametrize(
    ("form", "options"),
    [("csv", {}), ("tsv", {"sep": "\t", "header": None, "names": ["Label", "Text"]})],
)
def test_the_books_code_reads_what_the_command_writes(tmp_path: Path, form: str, options: dict[str, object]) -> None:
    path = tmp_path / f"messages.{form}"
    result = invoke("text", "messages", "--format", form, "-o", path)
    assert result.exit_code == 0, result.output
    frame = pd.read_csv(path, **options)
    assert list(frame.columns) == ["Label", "Text"]
    assert [tuple(row) for row in frame.itertuples(index=False)] == MESSAGES
    assert invoke("text", "messages", "--format", form, "-o", path).exit_code == 2
    printed = invoke("text", "messages", "--format", form).output
    assert pd.read_csv(io.StringIO(printed), **options).equals(frame)


def test_the_readme_states_the_origin() -> None:
    note = (FOLDER / "README.md").read_text()
    assert "CC0" in note and "messages.csv" in note and "messages.py" in note
