"""Your feed-forward network on a sentence: it works on each token alone, and holds most of a block's weights."""

import torch

from exercises.drawings import Bars, Table
from exercises.kit import Text, fill, sentences

SIZES = {"gpt2-small": 768, "gpt2-medium": 1024, "gpt2-large": 1280, "gpt2-xl": 1600}


def draw(impl, text: Text[1, 200] = "The ferry was late, so the ferryman waited for the mail."):
    tokens = sentences.words(text)
    x = sentences.letter_vectors(tokens)[None]
    network = fill(impl.FeedForward({"emb_dim": sentences.LETTERS}))
    changed = x.clone()
    place = len(tokens) // 2
    changed[0, place] *= -1
    with torch.no_grad():
        moved = (network(changed) - network(x))[0].norm(dim=1)
    others = sum(float(value) > 1e-6 for i, value in enumerate(moved.tolist()) if i != place)
    with torch.device("meta"):
        counts = {name: sum(p.numel() for p in impl.FeedForward({"emb_dim": size}).parameters())
                  for name, size in SIZES.items()}  # fmt: skip
    rows = [[name, size, 4 * size, counts[name], f"{counts[name] / (counts[name] + 4 * size * size + size):.0%}"]
            for name, size in SIZES.items()]  # fmt: skip
    return [
        Bars(tokens, moved, title=f"How far each output moves when only “{tokens[place]}” changes",
             caption=f"{others} other tokens move. Tokens exchange nothing here; that is the attention's work."),
        Table(["model", "emb_dim", "hidden", "parameters", "share"], rows, title="Your class in the sizes of GPT-2",
              caption="The share is that of attention (with four square matrices) and feed-forward together."),
    ]  # fmt: skip
