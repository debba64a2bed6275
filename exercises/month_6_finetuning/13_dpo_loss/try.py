"""Your loss by how much more the model prefers the chosen answer, and your log-probabilities of two answers."""

import torch

from exercises.drawings import Curves, Table
from exercises.kit import Float, Text, letters
from exercises.texts import short_story


def draw(
    impl, beta: Float[0.01, 2] = 0.1, chosen: Text[2, 60] = "the ferryman said",
    rejected: Text[2, 60] = "xq zzk fjw qvx",
):  # fmt: skip
    zero = torch.zeros(1)
    margins = [i / 2 for i in range(-40, 41)]
    lines = {}
    for value in sorted({0.1, 0.5, beta}):
        losses = [impl.compute_dpo_loss(torch.tensor([m]), zero, zero, zero, value)[0] for m in margins]
        lines[f"beta {value:g}"] = [(m, float(loss)) for m, loss in zip(margins, losses, strict=True)]
    policy, reference = letters.LetterModel(short_story(), 3), letters.LetterModel(short_story(), 1)
    logprobs = []
    for model in (policy, reference):
        for text in (chosen, rejected):
            ids = torch.tensor([(letters.encode(text) * 2)[: max(2, len(letters.encode(text)))] or [0, 0]])
            logprobs.append(impl.compute_logprobs(model(ids), ids))
    loss, better, worse = impl.compute_dpo_loss(*logprobs, beta)
    rows = [[f"“{text}”", float(logprobs[i]), float(logprobs[i + 2]), float(reward)]
            for i, (text, reward) in enumerate(((chosen, better), (rejected, worse)))]  # fmt: skip
    middle = lines[f"beta {beta:g}"][40][1]
    return [
        Curves(lines, x="preference for the chosen", y="loss", title="Your DPO loss",
               caption=f"Where it prefers both alike, the loss is {middle:.3f}; ln 2 is 0.693. A larger beta "
                       "punishes a wrong preference harder and is content sooner."),
        Table(["answer", "model", "reference", "reward"], rows, title="Two answers, judged by two models of letters",
              caption=f"Mean log-probabilities; the model knows three letters before, the reference one. The loss is "
                      f"{float(loss):.3f}, the margin of the rewards {float(better - worse):.3f}."),
    ]  # fmt: skip
