"""Loops over the queries and skips weights of 0."""

import torch


def score_statistics(queries, keys, scaled):
    rows, entropies = [], []
    for query in queries:
        row = keys @ query
        if scaled:
            row = row / len(query) ** 0.5
        rows.append(row)
        weights = torch.softmax(row, dim=0)
        weights = weights[weights > 0]
        entropies.append(-(weights * weights.log()).sum())
    scores = torch.stack(rows)
    return (scores**2).mean() - scores.mean() ** 2, sum(entropies) / len(entropies)
