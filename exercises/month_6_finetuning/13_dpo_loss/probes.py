"""Probes for compute_logprobs and compute_dpo_loss."""

import torch

from exercises.kit import CommonProbes, Int, ProbeProblem, numbers, token_ids


def scores(*shape, seed="logits"):
    return numbers(*shape, seed=seed) * 2


def selection(size, length):
    """Returns a mask (B, T) that selects a different number of tokens in each row, from different positions."""
    positions = torch.arange(length)
    starts = torch.arange(size)[:, None] % (length - 1)
    ends = starts + 1 + torch.arange(size)[:, None] % 3
    return (positions > starts) & (positions <= ends.clamp(max=length - 1))


def example_logprobs(impl, masked=False):
    """The worked example."""
    logits = torch.tensor([[[2.0, 1.0, 0.0], [0.0, 0.0, 0.0], [9.0, 5.0, 1.0]]])
    mask = torch.tensor([[False, False, True]]) if masked else None
    return impl.compute_logprobs(logits, torch.tensor([[0, 2, 1]]), mask)


def logprobs(impl, texts: Int[1, 4] = 3, length: Int[2, 7] = 5, vocabulary: Int[2, 8] = 6):
    """All tokens of random texts."""
    labels = token_ids(texts, length, vocab_size=vocabulary)
    return impl.compute_logprobs(scores(texts, length, vocabulary), labels)


def masked_logprobs(impl, texts: Int[1, 5] = 4, length: Int[3, 8] = 6, vocabulary: Int[2, 8] = 5):
    """Some tokens of random texts."""
    labels = token_ids(texts, length, vocab_size=vocabulary)
    logits = scores(texts, length, vocabulary)
    return impl.compute_logprobs(logits, labels, selection_mask=selection(texts, length))


def square_logprobs(impl):
    """As many texts as tokens and ids, for which a wrong dimension raises no error."""
    labels = token_ids(4, 4, vocab_size=4)
    return impl.compute_logprobs(scores(4, 4, 4), labels, selection(4, 4))


def first_selected(impl):
    """Whether the first token, which has no prediction, changes anything if the mask selects it."""
    labels, mask = token_ids(2, 5, vocab_size=6), selection(2, 5)
    with_first = mask.clone()
    with_first[:, 0] = True
    without_first = mask.clone()
    without_first[:, 0] = False
    results = [impl.compute_logprobs(scores(2, 5, 6), labels, m) for m in (with_first, without_first)]
    return {"selected": results[0], "not selected": results[1]}


def number_mask(impl):
    """A mask of zeros and ones, int64."""
    labels = token_ids(3, 5, vocab_size=6)
    return impl.compute_logprobs(scores(3, 5, 6), labels, selection(3, 5).long())


def unlikely(impl):
    """Tokens whose probability is 0 in float32."""
    logits = torch.tensor([[[300.0, 0.0], [0.0, 300.0], [0.0, 0.0]]])
    return impl.compute_logprobs(logits, torch.tensor([[0, 1, 0]]))


def triple(result):
    """Returns the three results of compute_dpo_loss by name."""
    if not isinstance(result, tuple | list) or len(result) != 3:
        kind = f"{len(result)} values" if isinstance(result, tuple | list) else f"a {type(result).__name__}"
        kind = "None" if result is None else kind
        raise ProbeProblem(
            f"Your `compute_dpo_loss` returns {kind}; it should return three: (loss, chosen_rewards, rejected_rewards)."
        )
    return dict(zip(("loss", "chosen_rewards", "rejected_rewards"), result, strict=True))


def four(size):
    """Returns log-probabilities as a model gives them: (B,) each, below 0."""
    return [-numbers(size, seed=name).abs() - 1 for name in ("mc", "mr", "rc", "rr")]


def example_loss(impl):
    """The worked example."""
    values = [torch.tensor([value]) for value in (-2.0, -3.0, -2.5, -2.2)]
    return triple(impl.compute_dpo_loss(*values, beta=0.1))


def equal_models(impl, beta=0.1):
    """A model that equals its reference."""
    chosen, rejected = four(3)[:2]
    return triple(impl.compute_dpo_loss(chosen, rejected, chosen.clone(), rejected.clone(), beta))


def loss(impl, pairs: Int[1, 6] = 4, tenths: Int[1, 20] = 1):
    """The results for random log-probabilities and a beta of some tenths."""
    return triple(impl.compute_dpo_loss(*four(pairs), tenths / 10))


def default_beta(impl):
    """Without beta."""
    return triple(impl.compute_dpo_loss(*four(3)))


def by_name(impl):
    """The arguments by name, as a training step passes them."""
    mc, mr, rc, rr = four(3)
    result = impl.compute_dpo_loss(
        model_chosen_logprobs=mc,
        model_rejected_logprobs=mr,
        reference_chosen_logprobs=rc,
        reference_rejected_logprobs=rr,
        beta=0.3,
    )
    return triple(result)


def far_apart(impl):
    """Differences for which the sigmoid is 0 or 1 in float32."""
    zero = torch.zeros(2)
    return triple(impl.compute_dpo_loss(torch.tensor([-900.0, -2.0]), torch.tensor([-1.0, -900.0]), zero, zero, 0.5))


def attached(impl):
    """Which of the three results require gradients."""
    mc, mr, rc, rr = four(3)
    results = triple(impl.compute_dpo_loss(mc.requires_grad_(), mr.requires_grad_(), rc, rr))
    return {name: value.requires_grad if isinstance(value, torch.Tensor) else None for name, value in results.items()}


def step(impl):
    """Returns the loss of a training step, and the log-probabilities that it compares."""

    def call(chosen_logits, rejected_logits, labels, mask, reference_chosen, reference_rejected):
        chosen = impl.compute_logprobs(chosen_logits, labels, mask)
        rejected = impl.compute_logprobs(rejected_logits, labels)
        result = triple(impl.compute_dpo_loss(chosen, rejected, reference_chosen, reference_rejected, 0.5))
        return [result["loss"], chosen, rejected]

    return call


def arguments(texts, length, vocabulary):
    size = (texts, length, vocabulary)
    labels = token_ids(texts, length, vocab_size=vocabulary)
    mask = selection(texts, length).long()  # an int64 mask has a copy on each device
    return (scores(*size), scores(*size, seed="rejected"), labels, mask, *four(texts)[2:])


common = CommonProbes(step, arguments(3, 5, 4), arguments(4, 6, 5), arguments(1, 3, 6), fixed=(2, 3, 4, 5))
