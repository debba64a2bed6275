"""The loss of three guessers of the next letter on your text, and how the loss rises with wrong confidence."""

import math

import torch

from exercises.drawings import Bars, Curves, Table, visible
from exercises.kit import Text, letters
from exercises.texts import short_story


def draw(impl, text: Text[2, 200] = "the ferryman waited for the mail"):
    ids = torch.tensor([letters.encode(text) or [0, 0]])
    ids = ids if ids.shape[1] > 1 else ids.repeat(1, 2)
    targets = ids[0, 1:]
    names = ("all letters alike", "letter frequencies", "frequencies after the letter before")
    logits = [torch.zeros(1, ids.shape[1], len(letters.ALPHABET)),
              letters.LetterModel(short_story(), 0).tables[0].repeat(1, ids.shape[1], 1),
              letters.LetterModel(short_story(), 1)(ids)]  # fmt: skip
    losses = [float(impl.cross_entropy(scores[0, :-1], targets)) for scores in logits]
    probabilities = logits[2][0, :-1].softmax(dim=-1)[torch.arange(len(targets)), targets]
    rows = [[visible(letters.decode(ids[0, i : i + 1])), visible(letters.decode(ids[0, i + 1 : i + 2])),
             f"{float(p):.1%}", float(impl.cross_entropy(logits[2][0, i : i + 1], targets[i : i + 1]))]
            for i, p in enumerate(probabilities[:8])]  # fmt: skip
    curve = []
    for percent in range(1, 100):
        p = percent / 100
        loss = impl.cross_entropy(torch.tensor([[math.log(p), math.log(1 - p)]]), torch.tensor([0]))
        curve.append((p, float(loss)))
    return [
        Bars(names, losses, title="The loss of three guessers of the next letter",
             caption=f"{len(letters.ALPHABET)} letters alike give ln {len(letters.ALPHABET)} = "
                     f"{math.log(len(letters.ALPHABET)):.2f}; each letter known before saves some of it."),
        Table(["after", "comes", "probability", "loss"], rows, title="The third guesser, letter by letter",
              caption="The loss of a letter is −ln of its probability; yours is the mean of these."),
        Curves({"loss": curve}, x="probability of the right class", title="The loss of a guess between two classes",
               caption=f"At 1% it is {curve[0][1]:.2f}, at 50% {curve[49][1]:.2f} and at 99% {curve[98][1]:.2f}."),
    ]  # fmt: skip
