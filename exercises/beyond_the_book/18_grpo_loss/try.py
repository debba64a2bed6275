"""What your loss rewards: the objective by the ratio, for a good and for a bad completion, and your advantages."""

import torch

from exercises.drawings import Curves, Table
from exercises.kit import Float, Int


def draw(impl, clip: Float[0.05, 1] = 0.2, right: Int[0, 8] = 3):
    old, mask = torch.zeros(1, 1), torch.ones(1, 1, dtype=torch.bool)
    ratios = [i / 50 for i in range(1, 126)]
    lines, flat = {}, {}
    for name, sign in (("good, A = 1", 1.0), ("bad, A = −1", -1.0)):
        points = []
        for ratio in ratios:
            logps = torch.tensor([[ratio]]).log().requires_grad_()
            loss = impl.grpo_loss(logps, old, old, torch.tensor([sign]), mask, clip=clip)
            points.append((ratio, -float(loss.detach())))
            gradient = torch.autograd.grad(loss, logps)[0]
            flat.setdefault(name, []).append(float(gradient.abs().max()) == 0)
        lines[name] = points
    stopped = {name: sum(values) / len(values) for name, values in flat.items()}
    rewards = torch.tensor([1.0] * right + [0.0] * (8 - right))
    advantages = impl.group_advantages(rewards)
    rows = [["right", right, float(advantages[0]) if right else "–"],
            ["wrong", 8 - right, float(advantages[-1]) if right < 8 else "–"]]  # fmt: skip
    rare = "the rare ones get the larger number" if 0 < right < 8 and right != 4 else "nothing stands out"
    return [
        Curves(lines, x="ratio", y="objective", title="What your loss rewards",
               caption=f"Where a line is flat there is no gradient: {stopped['good, A = 1']:.0%} of the good line, "
                       f"{stopped['bad, A = −1']:.0%} of the bad one."),
        Table(["attempts", "number", "advantage"], rows, title=f"Eight attempts, {right} right",
              caption=f"The advantages add up to {float(advantages.sum()):.2f}; {rare}."),
    ]  # fmt: skip
