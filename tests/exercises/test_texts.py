"""The training texts: a short story, and a generator of varied, reproducible stories."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from itertools import islice

import pytest

from exercises.texts import many_stories, short_story, stories
from exercises.texts.generator import FOLDER, _plots
from tests.support.command_line import run_python

SAMPLE = many_stories(2_000_000, seed=3)


def test_the_short_story_has_the_characters_that_tokenizer_exercises_need() -> None:
    text = short_story()
    assert 19_000 < len(text) < 21_000 and text.isascii()
    assert len(set(re.findall(r"[a-z']+", text.lower()))) > 800
    assert all(text.count(mark) >= 3 for mark in ("--", '"', "'", ";", ":", "?", "!", "(", ",", ".", "\n\n"))
    assert text.startswith("The Ferry at Low Water\n\n") and text.endswith(".\n")


def test_a_seed_gives_the_same_stories_in_every_process() -> None:
    code = (
        "import hashlib; from exercises.texts import many_stories;"
        "print(hashlib.sha256(many_stories(300_000, 7).encode()).hexdigest())"
    )
    expected = hashlib.sha256(many_stories(300_000, 7).encode()).hexdigest()
    for hash_seed in ("0", "1"):
        assert run_python(code, PYTHONHASHSEED=hash_seed).stdout.strip() == expected


def test_different_seeds_give_different_stories() -> None:
    first, second = set(islice(stories(1), 500)), set(islice(stories(2), 500))
    assert len(first & second) == 0


@pytest.mark.parametrize("size", [1, 1_000, 100_000])
def test_sizes_are_reached_with_complete_stories(size: int) -> None:
    text = many_stories(size)
    assert size <= len(text) < size + 1_500
    assert text.endswith("\n\n") and many_stories(size + 5_000).startswith(text)


def test_stories_are_varied() -> None:
    """Measured: 2,700 stories without duplicates, 1,140 words, and a third of all sentences occur only once."""
    stories_in_sample = SAMPLE.strip().split("\n\n")
    assert len(stories_in_sample) > 2_000 and len(set(stories_in_sample)) > 0.999 * len(stories_in_sample)
    assert SAMPLE.isascii()
    words = Counter(re.findall(r"[a-z']+", SAMPLE.lower()))
    assert len(words) > 1_000
    sentences = re.findall(r"[^.!?]+[.!?]", SAMPLE)
    assert len(set(sentences)) > len(sentences) / 4
    beginnings = Counter(story[:400] for story in stories_in_sample)
    assert beginnings.most_common(1)[0][1] <= 2
    assert len(_plots()) >= 18


def test_slots_are_filled_and_articles_agree() -> None:
    assert not re.search(r"[{}<>|_]|  | [,.]", SAMPLE)
    assert not re.search(r"\ba [aeio]\w+|\ban (?!hour)[^aeiou]\w+", SAMPLE)
    without_quotes = re.sub(r'"[^"]*"', '""', SAMPLE)
    assert not re.search(r"[.!?] [a-z]", without_quotes)
    assert all(story.count('"') % 2 == 0 for story in SAMPLE.split("\n\n"))


def test_pronouns_agree_with_the_hero() -> None:
    """If a story has characters of only one gender, it has only pronouns of that gender."""
    seen = 0
    for story in islice(stories(5), 3000):
        girl = re.search(r"\b(girl|boy)\b", story)
        if not girl or " and " in story[:20] or re.search(r"mother|father|aunt|uncle|sister|brother", story):
            continue
        pronouns = set(re.findall(r"\b(she|he|her|him|his)\b", story))
        if pronouns and pronouns <= {"he", "him", "his"}:
            assert girl[0] == "boy", story
            seen += 1
        elif pronouns and pronouns <= {"she", "her"}:
            assert girl[0] == "girl", story
            seen += 1
    assert seen > 100


def test_the_readme_states_the_origin() -> None:
    note = (FOLDER / "README.md").read_text()
    assert "CC0" in note and "the_ferry.txt" in note and "generator.py" in note
