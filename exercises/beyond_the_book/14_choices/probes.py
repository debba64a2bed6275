"""Probes for score_choices, with a small causal model and a tokenizer whose words include the space before them."""

import re

import torch
from torch import nn

from exercises.kit import CommonProbes, Int, ProbeProblem, fill

WORDS = ["I", " sleep", " on", " the", " mat", " sofa", " bed", "mat", "sofa", " ", " a", " café", " in", " naïve",
         ",", ".", " dog", " cat", " sat", "The", " big"]  # fmt: skip
SIZE = len(WORDS) + 1  # the last id stands for everything else
CHOICES = ["mat", "sofa bed", "a big café, in the dog", "naïve cat", "dog"]
EXAMPLE = "I sleep on the"


class Words:
    """Gives each word an id; the space before a word belongs to it."""

    n_vocab = SIZE

    def encode(self, text, **options):
        pieces = re.findall(r" ?\w+|[^\w\s]|\s", text)
        return [WORDS.index(piece) if piece in WORDS else len(WORDS) for piece in pieces]

    def decode(self, ids):
        return "".join([*WORDS, "?"][idx] for idx in ids)


class Model(nn.Module):
    """A causal model: the logits depend on all ids before, and on the position. In training mode
    the sign is reversed, so that a dropout's effect is certain."""

    def __init__(self, scale=1.0):
        super().__init__()
        self.tok_emb, self.pos_emb = nn.Embedding(SIZE, SIZE), nn.Embedding(64, SIZE)
        fill(self)
        self.scale, self.recording = scale, []
        self.eval()

    def forward(self, in_idx):
        self.recording.append(torch.is_grad_enabled())
        positions = torch.arange(in_idx.shape[-1], device=in_idx.device)
        x = self.tok_emb(in_idx).cumsum(dim=-2) / (positions[:, None] + 1) + self.pos_emb(positions)
        return x * 3 * (-self.scale if self.training else self.scale)


class Table(nn.Module):
    """A model with the probabilities of the worked example: the next word depends on the last one only."""

    def __init__(self):
        super().__init__()
        probabilities = torch.full((SIZE, SIZE), 1 / SIZE)
        for before, following in ((" the", {" mat": 0.2, " sofa": 0.3}), (" sofa", {" bed": 0.4})):
            row = torch.full((SIZE,), (1 - sum(following.values())) / (SIZE - len(following)))
            for word, probability in following.items():
                row[WORDS.index(word)] = probability
            probabilities[WORDS.index(before)] = row
        self.logits = nn.Parameter(probabilities.log() + 1)
        self.eval()

    def forward(self, in_idx):
        return self.logits[in_idx]


def score(impl, prompt, choices, model=None):
    """Returns the scores, as a list of dictionaries."""
    scores = impl.score_choices(model or Model(), Words(), prompt, choices)
    if isinstance(scores, list | tuple) and all(isinstance(item, dict) for item in scores):
        return list(scores)
    raise ProbeProblem("Your `score_choices` should return a list with a dictionary for each choice.")


def example(impl):
    """The scores of the worked example."""
    return score(impl, EXAMPLE, ["mat", "sofa bed"], Table())


def scores(impl, words: Int[1, 4] = 4, first: Int[0, 4] = 0, count: Int[1, 4] = 4):
    """The scores of some choices after a prompt."""
    prompt = " ".join(EXAMPLE.split()[:words])
    return score(impl, prompt, [CHOICES[(first + i) % len(CHOICES)] for i in range(count)])


def long_choice(impl):
    """The scores of a choice of 30 unlikely tokens."""
    return score(impl, EXAMPLE, [" ".join(["dog", "in", "a"] * 10)], Model(scale=4.0))


def by_name(impl):
    """The scores for named arguments."""
    return impl.score_choices(model=Model(), tokenizer=Words(), prompt="The cat", choices=["sat on the mat"])


def called(impl):
    """Whether the model is called with gradients."""
    model = Model()
    score(impl, EXAMPLE, ["mat", "dog"], model)
    return {"recording": model.recording, "enabled": torch.is_grad_enabled()}


class Scorer(nn.Module):
    """Scores with the solution, on the device of the model."""

    def __init__(self, impl):
        super().__init__()
        self.call, self.model = impl.score_choices, Model()

    def forward(self, prompt):
        self.model.eval()
        return self.call(self.model, Words(), prompt, ["mat", "sofa bed"])


common = CommonProbes(Scorer, EXAMPLE, "The cat sat on", "I")
