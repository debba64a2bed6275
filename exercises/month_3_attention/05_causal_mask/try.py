"""Your mask on the scores of a sentence: the picture before and after, and what it does to the rows."""

import torch

from exercises.drawings import Bars, HeatMap
from exercises.kit import Text, sentences


def draw(impl, text: Text[1, 200] = "The ferry was late, so the ferryman waited for the mail."):
    tokens = sentences.words(text)
    x = sentences.letter_vectors(tokens)
    scores = 3 * x @ x.T
    weights = impl.causal_softmax(scores)
    free = torch.softmax(scores, dim=-1)
    lost = free.triu(1).sum(dim=-1)
    return [
        HeatMap(scores, tokens, tokens, digits=1, title="Scores: how similar the letters of two words are, times 3",
                caption="Row t has the scores of word t with all words, also with later ones."),
        HeatMap(sentences.lower_triangle(weights), tokens, tokens, title="Your weights",
                caption=f"{sentences.sums(weights)}{sentences.leak(weights)} “{tokens[-1]}” looks "
                        f"{sentences.strongest(tokens, weights[-1])}."),
        Bars(tokens, lost, title="How much of each row would have gone to later words, without the mask",
             caption=f"The first word would have given away {float(lost[0]):.0%}; it can only look at itself. The rows "
                     "share this among the words that are left, so that each sums to 1 again."),
    ]  # fmt: skip
