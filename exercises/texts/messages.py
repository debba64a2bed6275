"""Generates text messages labelled as "ham" or "spam", reproducibly for a given seed.

A message is a line of messages_ham.txt or messages_spam.txt. In a line, `<this|that>` is replaced by one of its
choices, and a slot such as `{day}` by one of its words in messages.toml. Some messages get a greeting or a second
sentence, and some are typed carelessly, whatever their label.
"""

from __future__ import annotations

import csv
import io
import random
import re
import tomllib
from functools import cache
from pathlib import Path

Message = tuple[str, str]  # the label and the text
FOLDER = Path(__file__).parent
CHOICES = re.compile(r"<([^<>]*)>")
SLOT = re.compile(r"\{(\w+)\}")
GREETED = re.compile(r"(hi|hey|hello|dear|yo)\b", re.IGNORECASE)
WORD = re.compile(r"[a-z0-9']+")
GREETINGS = ("Hi {name}, ", "Hey, ", "Hello {sweet}, ", "Hey {name}! ", "Hi! ", "{Name}, ", "Ok so ", "Btw ")
ENDINGS = ("Thanks!", "x", "{Name}", "Call me when you can.", "Ok?", "Don't reply to this number.", "See you {day}.",
           "Have a good day.", "Sent from my {thing}", "Please answer soon.", "Free after {hour}.",
           "{phone}")  # fmt: skip
SHORTHAND = {"you": "u", "are": "r", "please": "pls", "tomorrow": "tmrw", "your": "ur", "for": "4", "thanks": "thx"}
MAX_SIMILARITY = 0.7  # the shared fraction of the words of two messages


def generate_messages(ham: int, spam: int, seed: int = 0) -> list[Message]:
    """Returns this many messages of each label, shuffled; no two share more than 70% of their words."""
    rng = random.Random(seed)
    labels = ["ham"] * ham + ["spam"] * spam
    rng.shuffle(labels)
    messages: list[Message] = []
    word_sets: list[frozenset[str]] = []
    while len(messages) < len(labels):
        label = labels[len(messages)]
        text = _type_carelessly(_message(label, rng), rng)
        words = frozenset(WORD.findall(text.lower()))
        if not any(len(words & other) > MAX_SIMILARITY * len(words | other) for other in word_sets):
            messages.append((label, text))
            word_sets.append(words)
    return messages


def as_csv(messages: list[Message]) -> str:
    """Returns the messages as a CSV file with the columns Label and Text."""
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows([("Label", "Text"), *messages])
    return file.getvalue()


def as_tsv(messages: list[Message]) -> str:
    """Returns the messages as tab-separated lines without a header, as the book's raw data has them."""
    return "".join(f"{label}\t{text}\n" for label, text in messages)


def _message(label: str, rng: random.Random) -> str:
    text = _expand(rng.choice(_lines(f"messages_{label}.txt")), rng)
    if rng.random() < 0.25 and not GREETED.match(text):
        text = _expand(rng.choice(GREETINGS), rng) + text
    if rng.random() < 0.35:
        stop = "" if text[-1] in ".?!" else "."
        text = f"{text}{stop} {_expand(rng.choice(ENDINGS), rng)}"
    return re.sub(r" ([,.?])", r"\1", " ".join(text.split()))


def _expand(text: str, rng: random.Random) -> str:
    """Fills the choices and slots of a line, the inner ones first."""
    while match := CHOICES.search(text) or SLOT.search(text):
        replacement = rng.choice(match[1].split("|")) if match[0][0] == "<" else _word(match[1], rng)
        text = text[: match.start()] + replacement + text[match.end() :]
    return text


def _word(slot: str, rng: random.Random) -> str:
    """Returns a word for a slot. `{n40}` is a number from 1 to 40, and `{Name}` starts with a capital."""
    if re.fullmatch(r"n\d+", slot):
        return str(rng.randint(1, int(slot[1:])))
    word = rng.choice(_words()[slot.lower()])
    if slot[0].isupper():
        word = _expand(word, rng)
        word = word[0].upper() + word[1:]
    return word


def _type_carelessly(text: str, rng: random.Random) -> str:
    """Returns the text, sometimes in lower case, with shorthand, or with other punctuation at its end."""
    if rng.random() < 0.25 and "example" not in text:
        text = text.lower()
    if rng.random() < 0.25:
        text = re.sub(r"\w+", lambda match: SHORTHAND.get(match[0], match[0]), text)
    if rng.random() < 0.2:
        text = re.sub(r"[.?!]$", lambda match: rng.choice(["", "...", "!!", match[0] * 2]), text)
    return text


@cache
def _lines(name: str) -> list[str]:
    lines = (FOLDER / name).read_text(encoding="ascii").splitlines()
    return [line for line in lines if line and line[0] != "#"]


@cache
def _words() -> dict[str, list[str]]:
    return tomllib.loads((FOLDER / "messages.toml").read_text(encoding="ascii"))
