"""400 merges of a text of 150,000 characters, made of 400 invented words."""

import random


def race(impl, seed: int):
    """The merges as a list of [left, right, id]."""
    generator = random.Random(seed)
    words = ["".join(generator.choices("etaoinshrdlu", k=generator.randint(2, 9))) for _ in range(400)]
    text = " ".join(generator.choices(words, weights=range(400, 0, -1), k=30_000))[:150_000]
    return [[*map(int, pair), int(idx)] for pair, idx in impl.train(text, 656).items()]
