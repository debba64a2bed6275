"""Probes for softmax_with_temperature and generate."""

import torch
from torch import nn

from exercises.kit import Int, Ints, numbers, token_ids


class RecordingModel(nn.Module):
    """A model with dropout that records its calls."""

    def __init__(self):
        super().__init__()
        self.dropout = nn.Dropout(0.0)
        self.lengths, self.gradients_on = [], []

    def forward(self, ids):
        self.lengths.append(ids.shape[1])
        self.gradients_on.append(torch.is_grad_enabled())
        return self.dropout(self.logits(ids)).clone()  # in-place changes by a solution must not reach the model


class ContextModel(RecordingModel):
    """A model whose logits depend on all tokens and their positions; it accepts at most context_size tokens."""

    def __init__(self, context_size, vocab_size=9):
        super().__init__()
        self.before = nn.Embedding.from_pretrained(numbers(vocab_size, vocab_size, seed="before"), freeze=False)
        self.last = nn.Embedding.from_pretrained(numbers(vocab_size, vocab_size, seed="last") * 2, freeze=False)
        self.position = nn.Embedding.from_pretrained(numbers(context_size, vocab_size, seed="place"), freeze=False)

    def logits(self, ids):
        positions = self.position(torch.arange(ids.shape[1], device=ids.device))
        return self.before(ids).cumsum(1) + self.last(ids) + positions - 100.0


class CountingModel(RecordingModel):
    """A model whose most likely token after n is n + 1, and 0 after the last."""

    def __init__(self, vocab_size=6):
        super().__init__()
        self.table = nn.Parameter(torch.eye(vocab_size).roll(1, 1) * 5 + numbers(vocab_size, vocab_size) * 0.1)

    def logits(self, ids):
        return self.table[ids]


class FixedLogits(RecordingModel):
    """A model with the same logits for any input: -100 + step · 0 … 4, for the tokens 2, 0, 3, 1, 4."""

    RANKS = (1.0, 3.0, 0.0, 2.0, 4.0)

    def __init__(self, step):
        super().__init__()
        self.scores = nn.Parameter(torch.tensor(self.RANKS) * step - 100.0)

    def logits(self, ids):
        return self.scores.expand(*ids.shape, 5)


def drawn(impl, step, count, **options):
    """Returns the ids that generate draws from FixedLogits."""
    return impl.generate(FixedLogits(step), torch.tensor([[2, 1]]), count, 4, **options)[0, 2:].tolist()


# softmax_with_temperature


def probabilities(impl, temperature: Int[1, 5] = 2, vocabulary: Int[1, 9] = 6):
    """The probabilities at an integer temperature."""
    return impl.softmax_with_temperature(numbers(vocabulary) * 3, temperature)


def any_logits(impl, logits: Ints[1, 8, -1000, 1000] = (3, 1, -2), tenths: Int[1, 50] = 10):
    """The probabilities of any logits at a temperature from 0.1 to 5."""
    return impl.softmax_with_temperature(torch.tensor(logits, dtype=torch.float32), tenths / 10)


def cold_probabilities(impl):
    """The probabilities of logits near -100 at temperature 0.1."""
    return impl.softmax_with_temperature(numbers(6) * 3 - 100.0, 0.1)


def example(impl):
    """The example on the page, at three temperatures."""
    return [impl.softmax_with_temperature(torch.tensor([2.0, 1.0, 0.0, -1.0]), t) for t in (1.0, 0.5, 2.0)]


# generate


def greedy(impl, prompt: Int[1, 6] = 3, new: Int[1, 6] = 4, context: Int[1, 6] = 4):
    """The continuation of a prompt at temperature 0."""
    return impl.generate(ContextModel(context), token_ids(1, prompt, vocab_size=9), new, context)


def greedy_by_name(impl):
    """The continuation at temperature 0, with keyword arguments."""
    return impl.generate(
        model=ContextModel(4), idx=token_ids(1, 3, vocab_size=9), max_new_tokens=5, context_size=4, temperature=0.0,
        top_k=None, eos_id=None,
    )  # fmt: skip


def greedy_among_two(impl, top_k: Int[1, 9] = 2):
    """The continuation at temperature 0 with top_k, which has no effect there."""
    return impl.generate(ContextModel(4), token_ids(1, 3, vocab_size=9), 5, 4, top_k=top_k)


def seen(impl):
    """The largest number of tokens passed to the model, for a prompt longer than the context."""
    longest = {}
    for temperature in (0.0, 1.0):
        model = ContextModel(9)
        impl.generate(model, token_ids(1, 5, vocab_size=9), 3, 3, temperature)
        longest[f"temperature={temperature}"] = max(model.lengths)
    return longest


def support(impl, top_k=None):
    """The tokens that occur in 100 draws, in which a token is missing with probability below 1e-8."""
    return sorted(set(drawn(impl, 0.02, 100, temperature=1.0, top_k=top_k)))


def spread(impl):
    """The distribution of 120 draws at a temperature, for logits a step apart: even ("flat"), more often likely
    tokens ("graded"), or almost always the most likely one ("sharp"). The thresholds are five standard
    deviations or more from the expected values."""
    distributions = {}
    for temperature, step, top_k in ((5.0, 5.0, None), (0.2, 0.8, None), (0.2, 0.2, None), (0.2, 0.8, 3)):
        ids = drawn(impl, step, 120, temperature=temperature, top_k=top_k)
        rank = sum(FixedLogits.RANKS[token] for token in ids) / len(ids)
        distributions[temperature, step, top_k] = "flat" if rank < 2.8 else "graded" if rank < 3.85 else "sharp"
    return dict(zip(("5 at 5", "0.8 at 0.2", "0.2 at 0.2", "top_k=3"), distributions.values(), strict=True))


def nearly_certain(impl):
    """The continuation of a prompt drawn at a temperature at which the largest logit is almost certain."""
    return impl.generate(ContextModel(4), token_ids(1, 3, vocab_size=9), 6, 4, 0.001)


def fresh_draws(impl):
    """Whether two calls draw different tokens."""
    return drawn(impl, 0.5, 20, temperature=1.0) != drawn(impl, 0.5, 20, temperature=1.0)


def count_up(impl, first: int = 2, new: int = 4, eos_id=None):
    """The continuation of a counting model that starts at `first`."""
    return impl.generate(CountingModel(), torch.tensor([[first]]), new, 4, eos_id=eos_id)


def counted(impl, first: Int[0, 5] = 2, new: Int[0, 9] = 7, eos_id: Int[0, 5] = 5):
    """The continuation of a counting model up to eos_id."""
    return count_up(impl, first, new, eos_id)


def eos_in_prompt(impl):
    """The continuation of a prompt that contains eos_id."""
    return impl.generate(CountingModel(), torch.tensor([[5, 5, 1]]), 3, 4, eos_id=5)


def eos_while_drawing(impl):
    """Whether draws with the most likely token as eos_id contain it, and whether they stop early."""
    ids = drawn(impl, 0.5, 200, temperature=1.0, eos_id=4)
    return {"contains eos": 4 in ids, "stopped": len(ids) < 80}


def grad_mode(impl):
    """Whether gradients are enabled while the model runs, and afterwards."""
    models = [ContextModel(4), ContextModel(4)]
    for model, temperature in zip(models, (0.0, 1.0), strict=True):
        impl.generate(model, token_ids(1, 2, vocab_size=9), 2, 4, temperature)
    return {"while": any(flag for model in models for flag in model.gradients_on), "after": torch.is_grad_enabled()}


def mode(impl):
    """The modes of a model and its dropout after generate, for both initial modes."""
    after = {}
    for name, training in (("training", True), ("evaluation", False)):
        for eos_id in (None, 3):
            model = CountingModel().train(training)
            impl.generate(model, torch.tensor([[1]]), 4, 4, eos_id=eos_id)
            after[name, eos_id] = (model.training, model.dropout.training)
    return {name: [after[name, None], after[name, 3]] for name in ("training", "evaluation")}


def state(impl):
    """The results for a prompt, twice, for a different one, and for the first again."""
    prompt = token_ids(1, 3, vocab_size=9)
    order = (prompt, prompt, prompt.flip(1), prompt)
    first, same, other, again = (impl.generate(ContextModel(4), idx, 3, 4) for idx in order)
    return {"first": first, "same": same, "other": other, "again": again}
