"""Your signatures on stories: estimates beside true similarities, and the duplicates hidden among them."""

import random

from exercises.drawings import Bars, Table
from exercises.kit import Int
from exercises.texts import many_stories


def changed(words, count, source):
    """A copy of a text in which some words are replaced."""
    copy = list(words)
    for place in source.sample(range(len(copy)), min(count, len(copy))):
        copy[place] = "something"
    return " ".join(copy)


def similarity(first, second, n=3):
    sets = [{tuple(text.split()[i : i + n]) for i in range(len(text.split()) - n + 1)} for text in (first, second)]
    return len(sets[0] & sets[1]) / len(sets[0] | sets[1])


def draw(impl, seeds: Int[10, 400] = 200, stories: Int[4, 40] = 20):
    source, texts = random.Random(0), many_stories(900 * stories).split("\n\n")[:stories]
    words, rows = texts[0].split(), []
    own = impl.minhash(texts[0], 3, list(range(seeds)))
    for count in (0, 1, 3, 6, 12, 24):
        other = changed(words, count, source)
        equal = sum(a == b for a, b in zip(own, impl.minhash(other, 3, list(range(seeds))), strict=True))
        rows.append((count, equal / seeds, similarity(texts[0], other)))
    labels = [f"{count} words changed" for count, *_ in rows]
    hidden = [*texts, changed(texts[1].split(), 1, source), changed(texts[2].split(), 2, source)]
    found = [tuple(pair) for pair in impl.near_duplicates(hidden, 0.8)]
    right = {(i, j) for i in range(len(hidden)) for j in range(i) if similarity(hidden[i], hidden[j]) >= 0.8}
    return [
        Bars(labels, [100 * true for _, _, true in rows], unit="%", title="Similarity to the story",
             caption=f"The story has {len(words)} words. Each changed word changes up to three shingles."),
        Table(["", "estimate", "similarity"], [[label, f"{a:.0%}", f"{b:.0%}"] for label, (_, a, b) in
                                               zip(labels, rows, strict=True)],
              title=f"Your estimate from {seeds} seeds",
              caption="More seeds bring the estimates closer to the similarities."),
        Table(["first", "second"], [list(pair) for pair in found][:10], title=f"Near duplicates of {len(hidden)} texts",
              caption=f"{len(found)} pairs found, of {len(right)} that are there."),
    ]  # fmt: skip
