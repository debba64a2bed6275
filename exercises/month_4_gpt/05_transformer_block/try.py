"""Your block on a sentence: which words notice that one word changes, and what each half of the block adds."""

import torch

from exercises.drawings import Bars, Table
from exercises.kit import Int, Text, fill, sentences

CFG = {"emb_dim": sentences.LETTERS, "context_length": sentences.MAX_WORDS, "n_heads": 2, "drop_rate": 0.0,
       "qkv_bias": False}  # fmt: skip


def draw(
    impl, text: Text[1, 200] = "The ferry was late, so the ferryman waited for the mail.", changed: Int[1, 16] = 4
):
    tokens = sentences.words(text)
    place = min(changed, len(tokens)) - 1
    x = sentences.letter_vectors(tokens)[None]
    other = x.clone()
    other[0, place] *= -1
    block = fill(impl.TransformerBlock(CFG)).eval()
    with torch.no_grad():
        out = block(x)
        moved = (block(other) - out)[0].norm(dim=1)
        halves = [block.att(block.norm1(x)), block.ff(block.norm2(x + block.att(block.norm1(x))))]
        rest = float((x + halves[0] + halves[1] - out).abs().max())
    before, after = float(moved[:place].sum()), int((moved[place:] > 1e-6).sum())
    rows = [[token, *(f"{float(part[0, i].norm()):.2f}" for part in (x, *halves, out))]
            for i, token in enumerate(tokens)]  # fmt: skip
    sums = "The three add up to the output." if rest < 1e-4 else "The three do not add up to the output."
    return [
        Bars(tokens, moved, title=f"How far each output moves when “{tokens[place]}” changes",
             caption=f"{after} of the {len(tokens) - place} words from there on move, and the earlier ones by "
                     f"{before:.3g}."),
        Table(["token", "input", "+ attention", "+ feed-forward", "output"], rows, title="Lengths of the vectors",
              caption=f"{sums} Their lengths do not, since they point in different directions."),
    ]  # fmt: skip
