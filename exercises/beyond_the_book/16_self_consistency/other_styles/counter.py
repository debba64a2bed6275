"""A Counter of cleaned answers, and its most common ones."""

from collections import Counter, defaultdict


def self_consistency_vote(answers):
    cleaned = [None if a is None else a.lower().strip() for a in answers]
    counts = Counter(a for a in cleaned if a is not None)
    groups = defaultdict(list)
    for i, a in enumerate(cleaned):
        if a is not None:
            groups[a].append(i)
    ranking = counts.most_common()
    winners = [a for a, n in ranking if n == ranking[0][1]]
    final = winners[0] if len(winners) == 1 else None
    return {"counts": counts, "groups": groups, "majority_winners": winners, "final_answer": final}
