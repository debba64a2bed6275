"""Your beam search with a model of letters: the tree of the continuations that it asked the model about."""

import torch

from exercises.drawings import Node, Table, Tree, visible
from exercises.kit import Float, Int, Text, letters
from exercises.texts import short_story


class Recorded(torch.nn.Module):
    """A model that notes every continuation that it is asked about."""

    def __init__(self, model, prompt):
        super().__init__()
        self.model, self.prompt, self.asked = model, prompt, []

    def forward(self, ids):
        self.asked.extend(tuple(row.tolist()[self.prompt :]) for row in ids)
        return self.model(ids)


END = letters.ALPHABET.index(".")


def draw(
    impl, text: Text[1, 40] = "the ferry", beam: Int[1, 4] = 3, new: Int[2, 12] = 6,
    length_penalty: Float[0, 2] = 0.7,
):  # fmt: skip
    model = letters.LetterModel(short_story(), 3)
    idx = torch.tensor([letters.encode(text) or [0]])
    recorded = Recorded(model, idx.shape[1])
    best = tuple(impl.beam_search(recorded, idx, new, beam, length_penalty, END)[0, idx.shape[1] :].tolist())
    prefixes = sorted({ids[:n] for ids in [*recorded.asked, best] for n in range(1, len(ids) + 1)})

    def probability(ids):
        whole = torch.cat([idx[0], torch.tensor(ids)])
        logs = model(whole[None])[0, :-1].log_softmax(dim=-1).gather(1, whole[1:, None])
        return float(logs[-len(ids) :].sum().exp())

    def node(prefix):
        mark = "  ◀" if prefix == best[: len(prefix)] else ""
        children = [node(ids) for ids in prefixes if len(ids) == len(prefix) + 1 and ids[:-1] == prefix]
        label = visible(letters.decode(prefix[-1:])) if prefix else f"“{text}”"
        return Node(label + (f"  {probability(prefix):.2g}" if prefix else "") + (mark if prefix else ""), children)

    rows = []
    for size in (1, 2, 4, 8):
        found = tuple(impl.beam_search(model, idx, 12, size, length_penalty, END)[0, idx.shape[1] :].tolist())
        rows.append([size, visible(letters.decode(found)), f"{probability(found):.2g}"])
    return [
        Tree(node(()), title=f"What a beam of {beam} looked at",
             caption="The number is the probability of all letters up to there; ◀ is the way to the result. A full "
                     "stop ends a continuation."),
        Table(["beam", "the letters found", "probability"], rows, title="Wider beams",
              caption="Beam 1 is greedy. A wider beam usually finds more probable letters, not better texts."),
    ]  # fmt: skip
