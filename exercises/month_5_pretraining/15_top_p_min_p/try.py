"""Your filters on a model's next letter, after a text where it is sure and after one where it is not."""

import torch

from exercises.drawings import Bars, Table, visible
from exercises.kit import Float, Text, letters
from exercises.texts import short_story


def draw(impl, text: Text[1, 60] = "the ", top_p: Float[0.05, 1] = 0.9, min_p: Float[0.001, 1] = 0.05):
    model = letters.LetterModel(short_story(), 3)

    def logits_after(text):
        return model(torch.tensor([letters.encode(text) or [0]]))[:, -1]

    drawings = []
    logits = logits_after(text)
    order = logits[0].argsort(descending=True)[:14]
    probabilities = logits[0].softmax(dim=-1)
    for name, options in ((f"top-p {top_p:g}", {"top_p": top_p}), (f"min-p {min_p:g}", {"min_p": min_p})):
        kept = impl.filter_logits(logits.clone(), **options)[0]
        again, left = kept.softmax(dim=-1), kept.isfinite()
        faded = [i for i, letter in enumerate(order.tolist()) if not left[letter]]
        drawings.append(Bars(
            [visible(letters.decode([i])) for i in order], probabilities[order], faded=faded,
            title=f"After “{text}”: {name} drops the dimmed letters",
            caption=f"{int(left.sum())} of {len(kept)} letters are left, with {float(probabilities[left].sum()):.1%} "
                    f"of the probability; renormalized, the first gets {float(again.max()):.1%}."))  # fmt: skip
    rows = []
    for context in ("the fer", "the ", "s", "q", "he said th", "and "):
        logits = logits_after(context)
        left = [int(impl.filter_logits(logits.clone(), **options).isfinite().sum())
                for options in ({"top_p": top_p}, {"min_p": min_p})]  # fmt: skip
        rows.append([f"{context}…", f"{float(logits.softmax(dim=-1).max()):.0%}", *left])
    drawings.append(Table(["after", "most likely", f"top-p {top_p:g}", f"min-p {min_p:g}"], rows, title="Letters left",
                          caption="Both keep few letters where the model is sure, and more where it is not; "
                                  "top-k keeps equally many everywhere."))  # fmt: skip
    return drawings
