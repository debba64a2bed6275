"""Probes for `train`: merges of short texts, with ties and overlaps, and its processor time for a longer one."""

import random
import time
from itertools import pairwise

from exercises.kit import Int, ProbeProblem, Text, summarized_by

SIZE, MERGES = 30_000, 200  # characters of the long text, and merges learned from it
MAX_PASSES = 25
CATS = (
    "cat the cat the cat cat that hat the the the that chat chat then cat then cat the chat hat cat chat cat cat "
    "the other cat other chat that other hat hat chat the cat the that"
)
TEXTS = {
    "aaaaaaa": 259,
    "aabaaabaaaab": 262,
    "abcabcabdabdcab": 264,
    "ba ab ba ab": 260,
    "né née né née né": 260,
    "日本日本 🙂🙂": 262,
    "the cat in the hat": 280,
    "  AB AB ab\r\n ab \n": 262,
}


def learned(impl, text, vocab_size):
    """The merges as a list of [left, right, id]."""
    merges = impl.train(text, vocab_size)
    if not isinstance(merges, dict):
        raise ProbeProblem(f"Your `train` returns a {type(merges).__name__}; it should return a dict of merges.")
    return [[*map(int, pair), int(idx)] if isinstance(pair, tuple) else [pair, idx] for pair, idx in merges.items()]


def example(impl):
    """The merges of the worked example."""
    return learned(impl, "aaabdaaabac", 259)


def cats(impl, merges=30):
    """Many merges of a text with words."""
    return learned(impl, CATS, 256 + merges)


def texts(impl):
    """The merges of short texts."""
    return {text: learned(impl, text, vocab_size) for text, vocab_size in TEXTS.items()}


def shortest(impl):
    """Texts that run out of pairs."""
    return {text: learned(impl, text, vocab_size)
            for text, vocab_size in (("", 300), ("a", 300), ("ab", 300), ("abab", 259), ("the cat", 256))}  # fmt: skip


def any_text(impl, text: Text[2, 60] = "aaabdaaabac", merges: Int[0, 12] = 5):
    """The merges of any text."""
    return learned(impl, text, 256 + merges)


def few_letters(impl, seed: Int[0, 999] = 1, letters: Int[1, 3] = 2, length: Int[2, 60] = 30):
    """The merges of a random text with few letters, where overlaps and ties are frequent."""
    text = "".join(random.Random(seed).choices("abc"[:letters], k=length))
    return learned(impl, text, 275)


def again(impl):
    """The merges of a text before and after other calls."""
    first = learned(impl, CATS, 262)
    learned(impl, "bc.bc,bc;bc:bc!ab?ab-ab+cd=cd", 260)
    return [first, learned(impl, CATS, 262)]


def by_name(impl):
    """The merges with named arguments."""
    merges = impl.train(vocab_size=260, text=CATS)
    return [[*pair, idx] for pair, idx in merges.items()]


def made_up_text():
    """A text of made-up words, the frequent ones first, as in real texts."""
    source = random.Random(0)
    letters = "etaoinshrdlucmfwypvbgk"
    shares = [1 / (place + 1) for place in range(800)]
    words = ["".join(source.choices(letters, shares[:22], k=source.randint(1, 9))) for _ in range(800)]
    return " ".join(source.choices(words, shares, k=SIZE // 3))[:SIZE]


def one_pass(ids):
    """The processor time in which a plain loop counts all pairs and merges one."""
    started = time.process_time()
    counts = {}
    for pair in pairwise(ids):
        counts[pair] = counts.get(pair, 0) + 1
    pair = max(counts, key=counts.get)
    merged, place = [], 0
    while place < len(ids):
        if place + 1 < len(ids) and (ids[place], ids[place + 1]) == pair:
            merged.append(256)
            place += 2
        else:
            merged.append(ids[place])
            place += 1
    return time.process_time() - started


@summarized_by(lambda passes: passes < MAX_PASSES)
def speed(impl):
    """The processor time of a training in passes; the quicker of two, where the first takes too long."""
    text = made_up_text()
    ids = list(text.encode())
    unit, used = min(one_pass(ids) for _ in range(3)), []
    while len(used) < 2 and not (used and used[0] < MAX_PASSES * unit):
        started = time.process_time()
        impl.train(text, 256 + MERGES)
        used.append(time.process_time() - started)
        unit = max(unit, min(one_pass(ids) for _ in range(2)))
    return min(used) / unit
