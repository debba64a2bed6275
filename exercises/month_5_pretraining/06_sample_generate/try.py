"""Your sampling with a model of letters: the probabilities at a temperature, and texts at several of them."""

import torch

from exercises.drawings import Bars, Table, visible
from exercises.kit import Float, Int, Text, letters
from exercises.texts import short_story


def draw(impl, text: Text[1, 60] = "the ferryman s", temperature: Float[0.1, 3] = 1.0, top_k: Int[1, 30] = 5):
    model = letters.LetterModel(short_story(), 3)
    idx = torch.tensor([letters.encode(text) or [0]])
    logits = model(idx)[0, -1]
    probabilities = impl.softmax_with_temperature(logits, temperature)
    order = logits.argsort(descending=True)[:12]
    cut = [i for i in range(len(order)) if i >= top_k]
    kept = float(probabilities[order[:top_k]].sum())
    rows = []
    ways = {"greedy": {}} | {f"temperature {t:g}": {"temperature": t} for t in (0.5, 1.0, 2.0)}
    for name, options in (ways | {f"1, top {top_k}": {"temperature": 1.0, "top_k": top_k}}).items():
        torch.manual_seed(1)
        ids = impl.generate(model, idx, 80, 8, **options)[0]
        loss = -float(model(ids[None])[0, :-1].log_softmax(dim=-1).gather(1, ids[1:, None])[-80:].mean())
        rows.append([name, f"{loss:.2f}", letters.decode(ids[idx.shape[1] :])])
    return [
        Bars([visible(letters.decode([i])) for i in order], probabilities[order], faded=cut,
             title=f"The next letter after “{text}” at temperature {temperature:g}",
             caption=f"Top-k with k = {top_k} keeps {kept:.0%} of the probability and drops the dimmed letters."),
        Table(["", "loss", "80 letters more"], rows, title="Written by your function",
              caption="The model's loss on each text says how surprising it is for the model itself."),
    ]  # fmt: skip
