"""Your bigram model of a story's letters: which letter follows which, its loss on unseen text, and what it writes."""

import math

from exercises.drawings import Bars, HeatMap, Note, visible
from exercises.kit import Int, letters
from exercises.texts import short_story

SHOWN = " aehilnorstuw.,"


def draw(impl, seed: Int[0, 999] = 1):
    ids = letters.encode(short_story())
    cut = 9 * len(ids) // 10
    model = impl.BigramLM(len(letters.ALPHABET))
    model.fit(ids[:cut])
    shown = [letters.ALPHABET.index(letter) for letter in SHOWN]
    # the loss of one pair is −ln of its probability, so no name inside of your class is needed
    table = [[math.exp(-model.nll([a, b])) for b in shown] for a in shown]
    best, row, column = max((value, i, j) for i, line in enumerate(table) for j, value in enumerate(line))
    names = [visible(letter) for letter in SHOWN]
    losses = [math.log(len(letters.ALPHABET)), model.nll(ids[cut:]), model.nll(ids[:cut])]
    return [
        HeatMap(table, names, names, title="P(column | row): which letter follows which",
                caption=f"The highest is P({names[column]} | {names[row]}) = {best:.2f}. A dot is a space; rare "
                        "letters are left out."),
        Bars(["all letters alike", "yours, on new text", "yours, on its own text"], losses, title="Loss a letter",
             caption=f"Your model hesitates among e^{losses[1]:.2f} = {math.exp(losses[1]):.1f} letters instead of "
                     f"{len(letters.ALPHABET)}. It should not be much better on its own text."),
        Note(letters.decode(model.sample(240, seed)), title="What it writes",
             caption="Each letter depends on the one before it, so there are syllables but no words."),
    ]  # fmt: skip
