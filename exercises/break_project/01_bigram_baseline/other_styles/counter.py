"""Uses no tensors, only a Counter, math.log and random.Random."""

import math
import random
from collections import Counter
from itertools import pairwise


class BigramLM:
    def __init__(self, vocab_size: int, alpha: int = 1) -> None:
        self.v, self.alpha = vocab_size, alpha

    def fit(self, ids):
        self.pairs = Counter(pairwise(ids))
        self.seen = Counter(ids[:-1])
        return self

    def p(self, j: int, i: int) -> float:
        return (self.pairs[i, j] + self.alpha) / (self.seen[i] + self.alpha * self.v)

    def nll(self, ids) -> float:
        return -sum(math.log(self.p(j, i)) for i, j in pairwise(ids)) / (len(ids) - 1)

    def sample(self, n: int, seed: int) -> list[int]:
        rng = random.Random(seed)
        out = [rng.randrange(self.v)]
        for _ in range(n - 1):
            out += rng.choices(range(self.v), [self.p(j, out[-1]) for j in range(self.v)])
        return out
