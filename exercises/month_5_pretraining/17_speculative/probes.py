"""Probes for `speculative_decode`. Models are tables. A certain model gives one token the probability 1, so that
results with it do not depend on random draws; `first_of_round`, `bonus` and `transitions` count many draws."""

import torch

from exercises.kit import Int, ProbeProblem, compare, numbers, stochastic, summarized_by, token_ids

VOCABULARY = 5
MAX_CALLS = 3000  # of a model; 1600 tokens with k = 1, or 700 with k = 3, need less
# For `first_of_round` and `bonus`. With these numbers, the shares that known mistakes lead to are far apart.
TARGET = torch.tensor([0.45, 0.16, 0.3, 0.09])
DRAFT = torch.tensor([0.02, 0.02, 0.22, 0.74])
# For `transitions`: the probabilities of the next token, by token.
TARGET_ROWS = torch.tensor([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.45, 0.1, 0.45]])
DRAFT_ROWS = torch.tensor([[0.2, 0.2, 0.6], [0.5, 0.3, 0.2], [0.15, 0.7, 0.15]])


class TableModel:
    """A callable whose logits are rows of a table, by token; it records its calls."""

    def __init__(self, table):
        self.table = table.clone().requires_grad_()
        self.calls, self.gradients = 0, False

    def __call__(self, idx):
        self.calls += 1
        if self.calls > MAX_CALLS:
            raise ProbeProblem(
                "Your `speculative_decode(…)` does not end: each round should append at least one token, the "
                "correction or the bonus token."
            )
        self.gradients |= torch.is_grad_enabled()
        return self.logits(idx)

    def logits(self, idx):
        return self.table[idx]


class CertainModel(TableModel):
    """A model that is certain of the next token, which depends on the token and on its position."""

    def __init__(self, right=lambda position: True, certainty=30.0):
        super().__init__(torch.zeros(1))
        self.right, self.certainty = right, certainty

    def logits(self, idx):
        positions = torch.arange(idx.shape[1])
        wrong = torch.tensor([0 if self.right(position) else 1 for position in range(idx.shape[1])])
        following = (3 * idx + positions + wrong + 1) % VOCABULARY
        return torch.nn.functional.one_hot(following, VOCABULARY) * self.certainty + 0 * self.table


def checked(result):
    """The ids, if they are a tensor of one row."""
    if isinstance(result, torch.Tensor) and result.dim() == 2 and result.shape[0] == 1:
        return result
    raise ProbeProblem(
        f"Your `speculative_decode(…)` returns {compare.kind(result)}; it should return the ids, (1, T + n)."
    )


def decode(impl, target, draft, idx, n, k):
    return checked(impl.speculative_decode(target, draft, idx, n, k))


def certain(impl, right, n, k, length):
    """The ids for a target that is certain, and the number of its calls."""
    target, draft = CertainModel(), CertainModel(right, certainty=35.0)  # different, so that p - q is not all 0
    ids = decode(impl, target, draft, token_ids(1, length, vocab_size=VOCABULARY), n, k)
    return {"ids": ids, "calls": target.calls}


def good_draft(impl, n: Int[1, 9] = 6, k: Int[1, 5] = 2, length: Int[1, 4] = 3):
    """A draft that is always right."""
    return certain(impl, lambda position: True, n, k, length)


def bad_draft(impl, n: Int[1, 6] = 4, k: Int[1, 4] = 2, length: Int[1, 4] = 2):
    """A draft that is always wrong."""
    return certain(impl, lambda position: False, n, k, length)


def mixed_draft(impl, n: Int[1, 12] = 9, k: Int[1, 5] = 3, length: Int[1, 4] = 2):
    """A draft that is wrong at every third position."""
    return certain(impl, lambda position: position % 3, n, k, length)


def mixed_draft_late(impl, n=9, k=4):
    """A draft that is wrong only at the positions 4 and 7, the last and a middle proposal of a round."""
    return certain(impl, lambda position: position not in (4, 7), n, k, 2)["ids"]


def same_models(impl, n, k):
    """Two equal models after n tokens, and these."""
    table = numbers(VOCABULARY, VOCABULARY)
    target, draft = TableModel(table), TableModel(table)
    return target, draft, decode(impl, target, draft, torch.tensor([[1, 0]]), n, k)


def all_calls(impl):
    """The numbers of calls of target and of draft, which are equal models, for 12 tokens with k = 3."""
    target, draft, _ = same_models(impl, 12, 3)
    return target.calls, draft.calls


@stochastic
def same_model(impl, n=12, k=3):
    """The numbers of calls of target, at most 4, and of draft, which are equal models, and the length of the result."""
    target, draft, ids = same_models(impl, n, k)
    # how many calls above three are made depends on the random draws
    return {"target": min(target.calls, 4), "draft": min(draft.calls, n // (k + 1) * k), "length": ids.shape[1]}


def by_name(impl):
    """The ids for named arguments."""
    return checked(
        impl.speculative_decode(
            k=2, n=3, idx=torch.tensor([[4, 2]]), draft=CertainModel(), target=CertainModel(lambda position: False)
        )
    )


def again(impl):
    """The ids for a prompt, twice, for a different one, and for the first again."""
    prompts = [torch.tensor([ids]) for ids in ([1, 2], [1, 2], [3, 0, 4], [1, 2])]
    return [decode(impl, CertainModel(), CertainModel(lambda position: position % 2), idx, 5, 2) for idx in prompts]


@stochastic
def fresh(impl):
    """Whether two calls give different ids."""
    table = torch.zeros(VOCABULARY, VOCABULARY)
    first, second = (
        decode(impl, TableModel(table), TableModel(table), torch.tensor([[0]]), 40, 3).tolist() for _ in range(2)
    )
    return first != second


def gradient_mode(impl):
    """Whether the models are called with gradients."""
    target, draft = CertainModel(), CertainModel()
    ids = decode(impl, target, draft, torch.tensor([[1, 2]]), 3, 2)
    return {"target": target.gradients, "draft": draft.gradients, "result": ids.requires_grad}


class PositionModel(TableModel):
    """A model whose logits depend on the position only: row t of the table is for the token after position t."""

    def logits(self, idx):
        return self.table[: idx.shape[1]].unsqueeze(0)


def alternating(probabilities, token, first, count):
    """The logits of positions with these probabilities and of positions where a token is certain, by turns, starting
    with the kind `first`."""
    soft, certain = probabilities.log(), torch.nn.functional.one_hot(torch.tensor(token), 4) * 30.0
    pair = (soft, certain) if first == "soft" else (certain, soft)
    return torch.stack(pair).repeat(count // 2 + 1, 1)


def chi_square(counts, shares):
    """The chi-square statistic of counts, in the last dimension, against shares."""
    expected = shares * counts.sum(dim=-1, keepdim=True)
    return ((counts - expected).square() / expected.clamp(min=1e-6)).sum().item()


def best_fit(counts, shares):
    """The name of the shares that fit the counts: the target's if they may, else the most likely ones."""
    if chi_square(counts, TARGET) < LIMIT:
        return "target"
    likelihoods = {name: (counts * each.clamp(min=1e-9).log()).sum().item() for name, each in shares.items()}
    name = max(likelihoods, key=likelihoods.__getitem__)
    return name if chi_square(counts, shares[name].clamp(min=1e-4)) < LIMIT else "other"


def emitted(accept, corrected):
    """The shares of tokens at one position, from the probability of accepting each token as a proposal, and from the
    weights of the token in place of a rejected one."""
    return DRAFT * accept + (1 - (DRAFT * accept).sum()) * corrected / corrected.sum()


ratio, excess = (TARGET / DRAFT).clamp(max=1), (TARGET - DRAFT).clamp(min=0)
LIMIT = 28.0  # chi-square with three degrees of freedom is above it with a probability below 4e-6
# The shares of the first token of a round in the target, and with known mistakes.
ROUND_SHARES = {
    "target": TARGET,
    "draft": DRAFT,
    "corrected from p": emitted(ratio, TARGET),
    "corrected from q": emitted(ratio, DRAFT),
    "corrected from |p - q|": emitted(ratio, (TARGET - DRAFT).abs()),
    "corrected from (p - q)²": emitted(ratio, excess.square()),
    "corrected by softmax": emitted(ratio, torch.softmax(TARGET - DRAFT, dim=0)),
    "corrected by the largest": emitted(ratio, torch.eye(4)[excess.argmax()]),
    "accepted with q / p": emitted((DRAFT / TARGET).clamp(max=1), excess),
    "accepted with p": emitted(TARGET, excess),
    "accepted if p >= q": emitted((TARGET >= DRAFT).float(), excess),
    "rejected with p / q": emitted(1 - ratio, excess),
    "equal": torch.full((4,), 0.25),
}
# The shares of the bonus token.
BONUS_SHARES = {
    "target": TARGET, "draft": DRAFT, "p - q": excess / excess.sum(), "largest p": torch.eye(4)[TARGET.argmax()],
}  # fmt: skip


def round_frequencies(impl):
    """How often each token is the first of a round, in 800 rounds with k = 1. The rounds start at every second
    position: where the first token is accepted, the bonus token follows; where not, a wrong proposal."""
    target, draft = (PositionModel(alternating(*row, "soft", 1600)) for row in ((TARGET, 0), (DRAFT, 1)))
    return torch.bincount(decode(impl, target, draft, torch.tensor([[0]]), 1600, 1)[0, 1::2], minlength=4)


@stochastic
@summarized_by(lambda counts: best_fit(counts, ROUND_SHARES))
def first_of_round(impl):
    """Which shares the tokens at the start of rounds fit."""
    return round_frequencies(impl)


def bonus_frequencies(impl):
    """How often each token is the bonus token, in 250 rounds with k = 1 whose proposal is always accepted."""
    target, draft = (PositionModel(alternating(row, 0, "certain", 500)) for row in (TARGET, DRAFT))
    return torch.bincount(decode(impl, target, draft, torch.tensor([[0]]), 500, 1)[0, 2::2], minlength=4)


@stochastic
@summarized_by(lambda counts: best_fit(counts, BONUS_SHARES))
def bonus(impl):
    """Which shares the bonus tokens fit."""
    return bonus_frequencies(impl)


def fits_the_target(ids):
    """Whether the transitions between tokens may be the target's; chi-square has six degrees of freedom here."""
    pairs = ids[0, :-1] * 3 + ids[0, 1:]
    return chi_square(torch.bincount(pairs, minlength=9).view(3, 3), TARGET_ROWS) < 55.0


@stochastic
@summarized_by(fits_the_target)
def transitions(impl):
    """Whether 700 tokens with k = 3 have the transitions of a target that depends on the last token."""
    return decode(impl, TableModel(TARGET_ROWS.log()), TableModel(DRAFT_ROWS.log()), torch.tensor([[0]]), 700, 3)
