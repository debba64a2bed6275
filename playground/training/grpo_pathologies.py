"""Recognizes the known ways in which a training with GRPO fails, from its figures."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from playground.grpo_messages import Pathology

WINDOW = 20  # steps that are compared with the first steps
EQUAL = 0.8  # share of groups
HACKED = 0.2  # by which the reward rises more than the share of right answers
COLLAPSED = 0.15  # of the entropy of the first steps
SOLVED = 0.8  # share of right answers from which little is left to learn, so equal rewards are no fault


@dataclass(frozen=True)
class Figures:
    """A step's mean reward, share of right answers, entropy, and share of groups with equal rewards."""

    reward: float
    right: float
    entropy: float
    equal: float


class Watch:
    """Looks at each step. A pathology is reported when it begins, and again only after it has ended."""

    def __init__(self) -> None:
        self.first: list[Figures] = []
        self.last: deque[Figures] = deque(maxlen=WINDOW)
        self.present: set[str] = set()

    def look(self, step: int, figures: Figures) -> list[Pathology]:
        """Returns the pathologies that begin with this step."""
        if len(self.first) < WINDOW:
            self.first.append(figures)
        self.last.append(figures)
        if len(self.last) < WINDOW:
            return []
        found = self._found()
        begun = [Pathology(step, name, text) for name, text in found.items() if name not in self.present]
        self.present = set(found)
        return begun

    def _found(self) -> dict[str, str]:
        before, now = _mean(self.first), _mean(list(self.last))
        found = {}
        if now.right < SOLVED and now.equal >= EQUAL:
            found["all rewards equal"] = (
                f"In {now.equal:.0%} of the last groups all rewards are equal, so almost every advantage is 0 and "
                "there is nothing to learn from. Take easier or harder problems, more completions per problem, or a "
                "higher temperature."
            )
        risen = now.reward - before.reward
        if risen - (now.right - before.right) >= HACKED:
            found["reward hacked by format"] = (
                f"The reward has risen by {risen:.2f}, the share of right answers by {now.right - before.right:.2f}: "
                "the model earns its reward without being right. Reward only what you want, such as the right answer."
            )
        if now.right < SOLVED and now.entropy < COLLAPSED * before.entropy:
            found["entropy gone"] = (
                f"The entropy has fallen from {before.entropy:.3f} to {now.entropy:.3f}, and {now.right:.0%} of the "
                "answers are right: the model is certain of its completions, so its attempts no longer differ. Go back "
                "to an earlier checkpoint with a smaller learning rate, or with beta above 0."
            )
        return found


def _mean(steps: list[Figures]) -> Figures:
    count = len(steps)
    return Figures(
        sum(step.reward for step in steps) / count, sum(step.right for step in steps) / count,
        sum(step.entropy for step in steps) / count, sum(step.equal for step in steps) / count,
    )  # fmt: skip
