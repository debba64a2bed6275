"""Your trainer on a real story: the time for more and more merges, beside that of the plain loop."""

import time

from exercises.drawings import Bars, Curves, Table, visible
from exercises.kit import Int
from exercises.texts import many_stories


def seconds(work):
    started = time.process_time()
    work()
    return time.process_time() - started


def draw(impl, characters: Int[5_000, 200_000] = 40_000, merges: Int[20, 1000] = 300):
    text = many_stories(characters)[:characters]
    counts = [merges // 4, merges // 2, merges]
    points = [(count, seconds(lambda count=count: impl.train(text, 256 + count))) for count in counts]
    plain = plain_seconds(text) * merges
    learned = impl.train(text, 256 + merges)
    pieces = {idx: bytes([idx]) for idx in range(256)}
    for (left, right), idx in learned.items():
        pieces[idx] = pieces[left] + pieces[right]
    longest = sorted(pieces.values(), key=len)[-8:][::-1]
    return [
        Curves({"yours": [(0, 0.0), *points]}, x="merges", y="seconds",
               title=f"Processor time for {characters:,} characters"),
        Bars(["yours", "plain loop"], [points[-1][1], plain], unit=" s", title=f"{merges} merges",
             caption=f"The plain loop is estimated as {merges} times its first round."),
        Table(["token", "bytes"], [[visible(piece.decode(errors="replace")), len(piece)] for piece in longest],
              title="The longest tokens", caption="Merges cross words here, so whole phrases become tokens."),
    ]  # fmt: skip


def plain_seconds(text):
    """One round of bpe-train on the whole text: count all pairs, then merge one."""
    from parts import get_stats, merge

    ids = list(text.encode())
    return seconds(lambda: merge(ids, max(stats := get_stats(ids), key=stats.get), 256))
