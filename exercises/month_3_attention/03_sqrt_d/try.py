"""Your statistics for longer and longer vectors: what happens to scores and weights without the root of d."""

import math

from exercises.drawings import Curves, Table
from exercises.kit import numbers

SIZES = (2, 4, 8, 16, 32, 64, 128, 256)
KEYS = 32


def draw(impl):
    found = {}
    for scaled in (False, True):
        for d in SIZES:
            queries, keys = numbers(200, d, seed="queries"), numbers(KEYS, d, seed="keys")
            variance, entropy = impl.score_statistics(queries, keys, scaled)
            found[scaled, d] = float(variance), float(entropy)
    rows = [[d, found[False, d][0], found[True, d][0], f"{math.exp(found[False, d][1]):.1f}",
             f"{math.exp(found[True, d][1]):.1f}"] for d in SIZES]  # fmt: skip
    names = {False: "not scaled", True: "scaled"}
    lines = {names[scaled]: [(math.log2(d), found[scaled, d][1]) for d in SIZES] for scaled in (False, True)}
    return [
        Table(["d", "variance", "scaled", "keys looked at", "scaled"], rows, title=f"200 queries and {KEYS} keys",
              caption="Not scaled, the variance of random scores is about d. “Keys looked at” is e to the entropy: "
                      f"how many of the {KEYS} keys a query looks at, in effect."),
        Curves(lines, x="log2 of d", y="entropy of the weights",
               title="Longer vectors: attention narrows, unless it is scaled",
               caption=f"At d = 256 a query looks at {math.exp(found[False, 256][1]):.1f} keys, scaled at "
                       f"{math.exp(found[True, 256][1]):.1f}."),
    ]  # fmt: skip
