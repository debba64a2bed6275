"""Which sources of an exercise to look at together: those alike beyond what the exercise makes alike.

Right answers to a small exercise resemble each other because the exercise, its stub and its book do. So a run of
GRAM tokens is left out of account where it is in the stub, in the reference or in another right way to do it that
comes with the exercise, or where at least half of the group (and COMMON people) wrote it. Only what then remains of
both sources, a source's *own* tokens, is compared; where either has fewer than OWN of them, nothing is said. How
alike two are is the share of the shorter one's own tokens that are found, in order and in runs of at least RUN, in
the other.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations

import msgspec
from rapidfuzz.distance import LCSseq

from cowork.cohort.tokens import Token, grams, token_stream

GRAM_SIZE, MIN_RUN, MIN_OWN_TOKENS, MIN_PEOPLE = 8, 8, 40, 3
THRESHOLD = 0.7
MEMORY_LIMIT = 2 * 1024**3  # bytes
MAX_FRAGMENTS = 6  # fragments of a pair, the longest


class Fragment(msgspec.Struct, frozen=True):
    """Lines, first and last, that are the same on both sides; `tokens`: how much that is."""

    left: tuple[int, int]
    right: tuple[int, int]
    tokens: int


class SimilarPair(msgspec.Struct, frozen=True):
    """Two submissions by their ids; `alike` from 0 to 1; `own`: what the shorter one has of its own, in tokens."""

    left: str
    right: str
    alike: float
    own: int
    fragments: list[Fragment]


class SourceGroup(msgspec.Struct, frozen=True):
    """One exercise: sources by submission id, one of each person; `known`: sources whose likeness says nothing."""

    exercise: str
    sources: dict[str, bytes]
    known: list[bytes]


class SimilarityResult(msgspec.Struct, frozen=True):
    """`compared`: how many sources had enough of their own to be compared, `of` how many there were."""

    exercise: str
    compared: int
    of: int
    pairs: list[SimilarPair]


def find_similar(group: SourceGroup, threshold: float = THRESHOLD) -> SimilarityResult:
    """The pairs at or above the threshold, most alike first."""
    streams = {id: token_stream(source) for id, source in group.sources.items()}
    known = {gram for source in group.known for gram in grams([word for word, _ in token_stream(source)], GRAM_SIZE)}
    known |= _common(streams)
    own = {id: _own(tokens, known) for id, tokens in streams.items()}
    own = {id: tokens for id, tokens in own.items() if len(tokens) >= MIN_OWN_TOKENS}
    letters: dict[str, str] = {}
    texts = {
        id: "".join(letters.setdefault(word, chr(len(letters))) for word, _ in tokens) for id, tokens in own.items()
    }
    near = [pair for pair in combinations(own, 2) if _at_most(*map(texts.__getitem__, pair)) >= threshold]
    pairs = [_pair(one, other, own, texts) for one, other in near]
    found = sorted((pair for pair in pairs if pair.alike >= threshold), key=lambda pair: (-pair.alike, -pair.own))
    return SimilarityResult(group.exercise, len(own), len(streams), found)


def _common(streams: Mapping[str, Sequence[Token]]) -> set[tuple[str, ...]]:
    """What so many wrote that it says nothing about two of them."""
    people = Counter(
        gram for tokens in streams.values() for gram in set(grams([word for word, _ in tokens], GRAM_SIZE))
    )
    least = max(MIN_PEOPLE, (len(streams) + 1) // 2)
    return {gram for gram, count in people.items() if count >= least}


def _own(tokens: Sequence[Token], known: set[tuple[str, ...]]) -> list[Token]:
    covered: set[int] = set()
    for start, gram in enumerate(grams([word for word, _ in tokens], GRAM_SIZE)):
        if gram in known:
            covered.update(range(start, start + GRAM_SIZE))
    return [token for index, token in enumerate(tokens) if index not in covered]


def _at_most(left: str, right: str) -> float:
    """How alike two can be at most; found much faster than where they are."""
    return LCSseq.similarity(left, right) / min(len(left), len(right))


def _pair(one: str, other: str, own: Mapping[str, Sequence[Token]], texts: Mapping[str, str]) -> SimilarPair:
    left, right = own[one], own[other]
    fragments, same = [], 0
    for block in LCSseq.opcodes(texts[one], texts[other]).as_matching_blocks():
        if block.size >= MIN_RUN:
            same += block.size
            lines = [sorted(line for _, line in side) for side in
                     (left[block.a : block.a + block.size], right[block.b : block.b + block.size])]  # fmt: skip
            fragments.append(Fragment((lines[0][0], lines[0][-1]), (lines[1][0], lines[1][-1]), block.size))
    fragments.sort(key=lambda fragment: -fragment.tokens)
    shorter = min(len(left), len(right))
    return SimilarPair(one, other, round(same / shorter, 3), shorter, fragments[:MAX_FRAGMENTS])


def main() -> None:
    """A process of its own: a Group on standard input, Found on standard output; the argument is the threshold. What
    people handed in is parsed here, within limits, and never run."""
    if sys.platform != "win32":
        import os
        import resource

        os.nice(10)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    group = msgspec.json.decode(sys.stdin.buffer.read(), type=SourceGroup)
    sys.stdout.buffer.write(msgspec.json.encode(find_similar(group, float(sys.argv[1]))))


if __name__ == "__main__":
    main()
