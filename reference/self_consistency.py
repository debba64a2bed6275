"""Self-consistency: the most frequent of many answers counts (Wang et al., 2022, arXiv:2203.11171)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def self_consistency_vote(answers: Sequence[str | None]) -> dict[str, Any]:
    """Counts the answers. Those that differ only in case and in the blanks around them are the same; None is no vote.

    Returns a dict: "counts", how often each answer was given; "groups", the places of each answer in `answers`;
    "majority_winners", the answers with the highest count; "final_answer", the only winner, or None for a tie. Answers
    are in lower case, without blanks around them, in the order in which they first appear.
    """
    groups: dict[str, list[int]] = {}
    for place, answer in enumerate(answers):
        if answer is None:
            continue
        key = answer.strip().lower()
        groups.setdefault(key, []).append(place)
    counts = {key: len(places) for key, places in groups.items()}
    highest = max(counts.values(), default=0)
    majority_winners = [key for key, count in counts.items() if count == highest]
    final_answer = majority_winners[0] if len(majority_winners) == 1 else None
    return {
        "counts": counts,
        "groups": groups,
        "majority_winners": majority_winners,
        "final_answer": final_answer,
    }
