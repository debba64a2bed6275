"""How often your vote is right, by the number of attempts, for a model that is rarely right and one that is often."""

import random

from exercises.drawings import Curves
from exercises.kit import Float, Int


def draw(impl, right: Float[0.05, 0.9] = 0.4, wrong_answers: Int[1, 12] = 6):
    rng = random.Random(0)
    others = [f"{n}" for n in range(100, 100 + wrong_answers)]
    sizes, lines = (1, 3, 5, 9, 15, 25, 41), {"vote": [], "no final answer": []}
    for size in sizes:
        good = ties = 0
        for _ in range(120):
            answers = ["42" if rng.random() < right else rng.choice(others) for _ in range(size)]
            final = impl.self_consistency_vote(answers)["final_answer"]
            good += final == "42"
            ties += final is None
        lines["vote"].append((size, good / 120))
        lines["no final answer"].append((size, ties / 120))
    first, last = lines["vote"][0][1], lines["vote"][-1][1]
    caption = (
        f"One attempt is right in {first:.0%}, the vote of {sizes[-1]} in {last:.0%} of the cases. Each of the "
        f"{wrong_answers} wrong answers comes in {(1 - right) / wrong_answers:.0%} of the attempts."
    )
    return [Curves(lines, x="attempts", y="share", title="Your vote", caption=caption)]
