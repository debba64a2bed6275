"""Your training on a story, for some steps only: what the model writes, and what it expects after a text."""

import torch
from torch.nn.functional import cross_entropy

from exercises.drawings import Bars, Note, visible
from exercises.kit import Int, Text
from exercises.texts import short_story

CFG = {"context_length": 24, "emb_dim": 32, "n_heads": 2, "n_layers": 1, "drop_rate": 0.0}


def draw(impl, text: Text[1, 24] = "the ferryman sai", steps: Int[1, 400] = 80):
    story = short_story()[:8000].lower()
    model, encode, decode = impl.train_char_lm(story, CFG, steps, 0)
    ids = encode("".join(c for c in text.lower() if c in story) or " ")
    with torch.no_grad():
        probabilities = model(torch.tensor([ids]))[0, -1].softmax(dim=-1)
        held = torch.tensor(encode(story[-480:])).view(-1, 24)
        loss = float(cross_entropy(model(held)[:, :-1].flatten(0, 1), held[:, 1:].flatten()))
        written = list(ids)
        generator = torch.Generator().manual_seed(0)
        for _ in range(160):
            logits = model(torch.tensor([written[-24:]]))[0, -1]
            written.append(int(torch.multinomial(logits.softmax(dim=-1), 1, generator=generator)))
    top = probabilities.topk(8)
    return [
        Bars([visible(decode([int(i)])) for i in top.indices], top.values, title=f"The next letter after “{text}”",
             caption=f"After {steps} steps, {float(top.values.sum()):.0%} of the probability is on these eight."),
        Note(decode(written), title="What it writes",
             caption=f"Its loss on held-out text is {loss:.2f} for each letter. More steps (try 400) lower it."),
    ]  # fmt: skip
