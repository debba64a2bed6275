"""Keeps the counts and the places of all pairs up to date, in a linked list of ids."""

import heapq
from collections import defaultdict


def train(text, vocab_size):
    ids = list(text.encode("utf-8"))
    n = len(ids)
    before, after = list(range(-1, n - 1)), list(range(1, n + 1))  # n: no neighbour
    places, counts = defaultdict(list), defaultdict(int)  # places: heaps, with entries that are out of date
    for i in range(n - 1):
        pair = ids[i], ids[i + 1]
        places[pair].append(i)
        counts[pair] += 1
    queue = [(-count, pair) for pair, count in counts.items()]
    heapq.heapify(queue)

    def first_place(pair):
        heap = places[pair]
        while True:
            i = heap[0]
            if ids[i] == pair[0] and after[i] < n and ids[after[i]] == pair[1]:
                return i
            heapq.heappop(heap)

    merges = {}
    for new in range(256, vocab_size):
        while queue and counts[queue[0][1]] != -queue[0][0]:
            heapq.heappop(queue)
        if not queue or queue[0][0] == 0:
            break
        top, tied = queue[0][0], set()
        while queue and queue[0][0] == top:
            _, pair = heapq.heappop(queue)
            if counts[pair] == -top:
                tied.add(pair)
        best = min(tied, key=first_place) if len(tied) > 1 else tied.pop()
        for pair in tied:
            if pair != best:
                heapq.heappush(queue, (top, pair))
        merges[best] = new
        left, right = best
        changed = set()
        for i in sorted(places.pop(best)):
            j = after[i]
            if ids[i] != left or j >= n or ids[j] != right:
                continue
            h, k = before[i], after[j]
            counts[best] -= 1
            if h >= 0:
                old, pair = (ids[h], left), (ids[h], new)
                counts[old] -= 1
                counts[pair] += 1
                heapq.heappush(places[pair], h)
                changed |= {old, pair}
            if k < n:
                old, pair = (right, ids[k]), (new, ids[k])
                counts[old] -= 1
                counts[pair] += 1
                heapq.heappush(places[pair], i)
                changed |= {old, pair}
                before[k] = i
            ids[i], ids[j], after[i] = new, -1, k
        for pair in changed:
            if counts[pair] > 0:
                heapq.heappush(queue, (-counts[pair], pair))
    return merges
