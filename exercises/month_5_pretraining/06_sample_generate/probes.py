"""What is asked of softmax_with_temperature and generate."""

import torch
from torch import nn

from grader.probing import Int, Ints, numbers, repeats, token_ids, untouched


class Recorded(nn.Module):
    """A model with dropout that remembers how it was called."""

    def __init__(self):
        super().__init__()
        self.dropout = nn.Dropout(0.0)
        self.lengths, self.gradients_on = [], []

    def forward(self, ids):
        self.lengths.append(ids.shape[1])
        self.gradients_on.append(torch.is_grad_enabled())
        return self.dropout(self.logits(ids)).clone()  # what is done to it does not change the model


class Reader(Recorded):
    """Logits that depend on every token it sees and on its place; it takes at most context_size of them."""

    def __init__(self, context_size, vocab_size=9):
        super().__init__()
        self.before = nn.Embedding.from_pretrained(numbers(vocab_size, vocab_size, seed="before"), freeze=False)
        self.last = nn.Embedding.from_pretrained(numbers(vocab_size, vocab_size, seed="last") * 2, freeze=False)
        self.place = nn.Embedding.from_pretrained(numbers(context_size, vocab_size, seed="place"), freeze=False)

    def logits(self, ids):
        places = self.place(torch.arange(ids.shape[1], device=ids.device))
        return self.before(ids).cumsum(1) + self.last(ids) + places - 100.0


class Counter(Recorded):
    """After token n the likeliest is n + 1; after the last comes 0."""

    def __init__(self, vocab_size=6):
        super().__init__()
        self.table = nn.Parameter(torch.eye(vocab_size).roll(1, 1) * 5 + numbers(vocab_size, vocab_size) * 0.1)

    def logits(self, ids):
        return self.table[ids]


class Deaf(Recorded):
    """The same logits whatever it reads: step, times 0 … 4, for the tokens 2, 0, 3, 1, 4; all near -100."""

    RANKS = (1.0, 3.0, 0.0, 2.0, 4.0)

    def __init__(self, step):
        super().__init__()
        self.scores = nn.Parameter(torch.tensor(self.RANKS) * step - 100.0)

    def logits(self, ids):
        return self.scores.expand(*ids.shape, 5)


def drawn(impl, step, count, **options):
    """The ids that generate draws from a Deaf model."""
    return impl.generate(Deaf(step), torch.tensor([[2, 1]]), count, 4, **options)[0, 2:].tolist()


# softmax_with_temperature


def probabilities(impl, temperature: Int[1, 5] = 2, vocabulary: Int[1, 9] = 6):
    """Probabilities at a whole temperature."""
    return impl.softmax_with_temperature(numbers(vocabulary) * 3, temperature)


def any_logits(impl, logits: Ints[1, 8, -1000, 1000] = (3, 1, -2), tenths: Int[1, 50] = 10):
    """Probabilities of any logits, at any temperature from 0.1 to 5."""
    return impl.softmax_with_temperature(torch.tensor(logits, dtype=torch.float32), tenths / 10)


def cold_probabilities(impl):
    """At temperature 0.1, of logits as a large model gives them."""
    return impl.softmax_with_temperature(numbers(6) * 3 - 100.0, 0.1)


def softmax_manners(impl):
    """In double precision, its gradient, and whether the logits are left as they were."""
    logits = numbers(6, dtype=torch.float64).requires_grad_()
    result = impl.softmax_with_temperature(logits, 0.5)
    gradient = None
    if result.requires_grad:
        (result * numbers(6, seed="loss", dtype=torch.float64)).sum().backward()
        gradient = logits.grad
    calm = untouched(numbers(6), lambda x: impl.softmax_with_temperature(x, 0.5))
    return {"probabilities": result, "gradient": gradient, "untouched": calm}


# generate


def greedy(impl, prompt: Int[1, 6] = 3, new: Int[1, 6] = 4, context: Int[1, 6] = 4):
    """The likeliest continuation of a prompt."""
    return impl.generate(Reader(context), token_ids(1, prompt, vocab_size=9), new, context)


def greedy_by_name(impl):
    """The same with every argument by its name."""
    return impl.generate(
        model=Reader(4), idx=token_ids(1, 3, vocab_size=9), max_new_tokens=5, context_size=4, temperature=0.0,
        top_k=None, eos_id=None,
    )  # fmt: skip


def greedy_among_two(impl, top_k: Int[1, 9] = 2):
    """The likeliest continuation with a top_k is the likeliest of all."""
    return impl.generate(Reader(4), token_ids(1, 3, vocab_size=9), 5, 4, top_k=top_k)


def seen(impl):
    """How many tokens the model was shown at most, with a prompt longer than the context, in each way."""
    most = {}
    for temperature in (0.0, 1.0):
        model = Reader(9)
        impl.generate(model, token_ids(1, 5, vocab_size=9), 3, 3, temperature)
        most[f"temperature={temperature}"] = max(model.lengths)
    return most


def support(impl, top_k=None):
    """Which tokens come up in 150 draws from logits so close that one is missed once in a thousand million."""
    return sorted(set(drawn(impl, 0.2, 150, temperature=1.0, top_k=top_k)))


def spread(impl):
    """How 200 draws fall at a temperature, for logits that are a step apart: on tokens of every rank alike
    ("flat"), on likelier ones more often ("graded"), or nearly always on the likeliest ("sharp"). The bounds
    lie more than six deviations from what is right."""
    falls = {}
    for temperature, step, top_k in ((5.0, 5.0, None), (0.2, 0.8, None), (0.2, 0.2, None), (0.2, 0.8, 3)):
        ids = drawn(impl, step, 200, temperature=temperature, top_k=top_k)
        rank = sum(Deaf.RANKS[token] for token in ids) / len(ids)
        falls[temperature, step, top_k] = "flat" if rank < 2.8 else "graded" if rank < 3.85 else "sharp"
    return dict(zip(("5 at 5", "0.8 at 0.2", "0.2 at 0.2", "top_k=3"), falls.values(), strict=True))


def fresh_draws(impl):
    """Whether two calls draw different tokens."""
    return drawn(impl, 0.5, 40, temperature=1.0) != drawn(impl, 0.5, 40, temperature=1.0)


def count_up(impl, first: int = 2, new: int = 4, eos_id=None):
    """A model that counts, from `first` on."""
    return impl.generate(Counter(), torch.tensor([[first]]), new, 4, eos_id=eos_id)


def counted(impl, first: Int[0, 5] = 2, new: Int[0, 9] = 7, eos_id: Int[0, 5] = 5):
    """A model that counts, until the end-of-text token would come."""
    return count_up(impl, first, new, eos_id)


def eos_in_prompt(impl):
    """The end-of-text token in the prompt is no reason to stop."""
    return impl.generate(Counter(), torch.tensor([[5, 5, 1]]), 3, 4, eos_id=5)


def eos_while_drawing(impl):
    """Drawing with the likeliest token as the end: is it in the result, and did it stop soon?"""
    ids = drawn(impl, 0.5, 200, temperature=1.0, top_k=4, eos_id=4)
    return {"contains eos": 4 in ids, "stopped": len(ids) < 80}


def grad_mode(impl):
    """Whether gradients were on while the model ran, and whether they are on afterwards."""
    models = [Reader(4), Reader(4)]
    for model, temperature in zip(models, (0.0, 1.0), strict=True):
        impl.generate(model, token_ids(1, 2, vocab_size=9), 2, 4, temperature)
    return {"while": any(flag for model in models for flag in model.gradients_on), "after": torch.is_grad_enabled()}


def mode(impl):
    """The modes of a model and of its dropout after generating, from training and from evaluation."""
    after = {}
    for name, training in (("training", True), ("evaluation", False)):
        for eos_id in (None, 3):
            model = Counter().train(training)
            impl.generate(model, torch.tensor([[1]]), 4, 4, eos_id=eos_id)
            after[name, eos_id] = (model.training, model.dropout.training)
    return {name: [after[name, None], after[name, 3]] for name in ("training", "evaluation")}


def state(impl):
    """Two prompts of one length, then the first again; and whether the prompt is left as it was."""
    prompt = token_ids(1, 3, vocab_size=9)

    def call(idx):
        return impl.generate(Reader(4), idx, 3, 4)

    return {**repeats(call, prompt, prompt.flip(1)), "untouched": untouched(prompt, call)}
