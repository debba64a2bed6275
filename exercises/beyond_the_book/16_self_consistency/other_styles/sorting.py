"""Sorts the votes, so that equal ones are neighbours."""

import itertools


def self_consistency_vote(answers):
    votes = sorted((text.strip().lower(), place) for place, text in enumerate(answers) if text is not None)
    groups = {}
    for text, members in itertools.groupby(votes, key=lambda vote: vote[0]):
        groups[text] = [place for _, place in members]
    result = {"counts": {text: len(places) for text, places in groups.items()}, "groups": groups}
    best = sorted(groups, key=lambda text: len(groups[text]), reverse=True)
    tops = [text for text in best if len(groups[text]) == len(groups[best[0]])]
    result["majority_winners"] = tops
    result["final_answer"] = None
    if len(tops) == 1:
        result["final_answer"] = tops[0]
    return result
