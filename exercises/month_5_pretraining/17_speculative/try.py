"""Your decoder with four drafts, from useless to perfect: how often it asks the large model."""

import torch

from exercises.drawings import Bars, Table
from exercises.kit import Int, letters
from exercises.texts import short_story

NEW = 60


def draw(impl, k: Int[1, 10] = 4):
    story = short_story()
    target = letters.LetterModel(story, 3)
    drafts = {"no letter before": letters.LetterModel(story, 0), "1 letter": letters.LetterModel(story, 1),
              "2 letters": letters.LetterModel(story, 2), "the target itself": target}  # fmt: skip
    idx = torch.tensor([letters.encode("the ferryman ")])
    calls, rows = [], []
    for name, draft in drafts.items():
        asked = []

        def recorded(ids, asked=asked):
            asked.append(ids.shape[1])
            return target(ids)

        torch.manual_seed(0)
        ids = impl.speculative_decode(recorded, draft, idx, NEW, k)
        calls.append(len(asked))
        rows.append([name, len(asked), f"{NEW / len(asked):.1f}", letters.decode(ids[0, idx.shape[1] :])])
    return [
        Bars(list(drafts), calls, title=f"Calls of the target for {NEW} letters, with {k} proposals a round",
             caption=f"Without a draft it takes {NEW} calls; the perfect draft takes {calls[-1]}. The better the draft "
                     "guesses, the more proposals one call accepts."),
        Table(["draft", "calls", "letters a call", "text"], rows, title="The texts",
              caption="All are draws from the target's distribution, whatever the draft: only the speed differs."),
    ]  # fmt: skip
