"""Probes for SpamDataset, with a tokenizer for which each word and each punctuation mark is one token."""

import csv
import re
import tempfile
from pathlib import Path

from torch.utils.data import DataLoader

from exercises.kit import Int, ProbeProblem, require

WORDS = ["win", "cash", "now", "see", "you", "later", "ok", "call", "me", "home", "tonight", "free"]
TEXTS = [
    "win cash now",
    "ok, see you later",
    "ok",
    "call me, call me now",
    "see you at home tonight, ok?",
    "free cash",
    "you win, call now, win cash, free, now!",
    "Later",
]
LABELS = [1, 0, 0, 1, 0, 1, 1, 0]


class WordTokenizer:
    """Gives the words ids from 10 on, and a comma 8. Has tiktoken's interface."""

    n_vocab = 50257
    eot_token = 50256

    def __init__(self, first=10):
        self.first = first

    def encode(self, text, *, allowed_special=frozenset(), disallowed_special="all"):
        pieces = re.findall(r"\w+|[^\w\s]", text)
        return [self.first + WORDS.index(piece) if piece in WORDS else 8 if piece == "," else 9 for piece in pieces]

    def encode_ordinary(self, text):
        return self.encode(text)

    def encode_batch(self, text, *, num_threads=8, allowed_special=frozenset(), disallowed_special="all"):
        return [self.encode(one) for one in text]

    def encode_ordinary_batch(self, text, *, num_threads=8):
        return self.encode_batch(text)


class Opened:
    """While entered, a SpamDataset whose file exists."""

    def __init__(self, impl, messages=3, reverse=False, first=10, start=0, **options):
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name) / "messages.csv"
        rows = [("Label", "Text"), *zip(LABELS, TEXTS, strict=True)]
        chosen = [rows[0], *rows[1 + start : 1 + start + messages]]
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([row[::-1] if reverse else row for row in chosen])
        try:
            self.dataset = impl.SpamDataset(str(path), WordTokenizer(first), **options)
        except BaseException:
            self.folder.cleanup()
            raise

    def __enter__(self):
        return self.dataset

    def __exit__(self, *error):
        self.folder.cleanup()


def items(dataset):
    """Returns the length of the dataset, T, and each message."""
    require(dataset, "max_length")
    examples = []
    for index in range(len(dataset)):
        try:
            pair = dataset[index]
        except IndexError:  # __len__ is too large
            break
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise ProbeProblem("Your dataset[i] is not a pair; it should be (ids, label).")
        examples.append({"ids": pair[0], "label": pair[1]})
    max_length = dataset.max_length
    if hasattr(max_length, "item"):  # a number of NumPy, as the maximum of a column is
        max_length = max_length.item()
    return {"length": len(dataset), "max_length": max_length, "examples": examples}


def example(impl):
    """The worked example without a limit."""
    with Opened(impl) as dataset:
        return items(dataset)


def limited(impl):
    """The worked example with max_length=4."""
    with Opened(impl, max_length=4) as dataset:
        return items(dataset)


def longest(impl, messages: Int[2, 8] = 8):
    """Messages without a limit."""
    with Opened(impl, messages) as dataset:
        return items(dataset)


def with_limit(impl, messages: Int[1, 8] = 8, max_length: Int[1, 15] = 5):
    """Messages with a limit."""
    with Opened(impl, messages, max_length=max_length) as dataset:
        return items(dataset)


def padding(impl):
    """Other padding ids, 0 among them."""
    results = []
    for pad_token_id in (0, 7):
        with Opened(impl, 4, pad_token_id=pad_token_id) as dataset:
            results.append(items(dataset))
    return results


def other_order(impl):
    """A file whose columns are in the other order, or the error that only this order causes."""
    example(impl)
    try:
        with Opened(impl, 3, reverse=True) as dataset:
            return items(dataset)
    except (ValueError, TypeError, AttributeError, KeyError) as error:  # text for a number, a number for text
        return {"raised": f"{type(error).__name__}: {error}"}


def other_tokenizer(impl):
    """A tokenizer with other ids."""
    with Opened(impl, 3, first=3000, max_length=3) as dataset:
        return items(dataset)


def two(impl):
    """The messages of a dataset before and after a second dataset with other messages is created, and its messages."""
    with Opened(impl, 3, max_length=6) as first:
        before = items(first)
        with Opened(impl, 4, start=3, max_length=6) as second:
            return {"before": before, "second": items(second), "after": items(first)}


def batches(impl):
    """The batches of a DataLoader with four messages each."""
    with Opened(impl, 7, max_length=6) as dataset:
        return [list(batch) for batch in DataLoader(dataset, batch_size=4)]
