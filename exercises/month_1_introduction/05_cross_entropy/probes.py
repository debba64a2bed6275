"""What is asked of a cross_entropy."""

import torch

from grader.probing import Int, ProbeProblem, numbers, repeats, token_ids


def scores(n, classes, dtype=torch.float32):
    return numbers(n, classes, seed="logits", dtype=dtype) * 2


def table(*rows):
    return torch.tensor(rows, dtype=torch.float32)


def example(impl):
    """The task's example."""
    return impl.cross_entropy(table([2, 1, 0], [0, 0, 0], [1, 5, 0]), torch.tensor([0, 2, -100]))


def output(impl, examples: Int[1, 6] = 5, classes: Int[2, 6] = 3):
    """The loss of some examples, none of them ignored."""
    return impl.cross_entropy(scores(examples, classes), token_ids(examples, vocab_size=classes))


def square(impl):
    """As many examples as classes, so that a wrong dimension raises nothing."""
    return impl.cross_entropy(scores(4, 4), torch.tensor([3, 0, 0, 1]))


def ignored(impl, number: Int[0, 4] = 2):
    """Five examples, some of which do not count."""
    targets = torch.tensor([1, 2, 0, 1, 2])
    targets[[3, 0, 4, 1][:number]] = -100
    return impl.cross_entropy(scores(5, 3), targets)


def ignoring(impl, index=0):
    """Another number marks what does not count."""
    return impl.cross_entropy(scores(5, 3), torch.tensor([index, 2, 1, index, 1]), ignore_index=index)


def far_apart(impl):
    """The right class is so unlikely that its probability is 0 to a computer."""
    return impl.cross_entropy(table([200, 0], [0, 0]), torch.tensor([1, 1]))


def farther_apart(impl):
    """Ten thousand apart."""
    return impl.cross_entropy(table([10_000, 0, -10_000]), torch.tensor([2]))


def underflow(impl):
    """A probability of e^-110, where neither exponential is too large to hold."""
    return impl.cross_entropy(table([50, -60]), torch.tensor([1]))


def large(impl):
    """Scores whose exponentials are too large, or all 0, but which lie close together."""
    rows = table([1000, 1001, 1002], [-1000, -1001, -1002])
    first = impl.cross_entropy(rows[:1], torch.tensor([0]))
    return {"first": first, "both": impl.cross_entropy(rows, torch.tensor([0, 2]))}


def in_double(impl):
    """In double precision."""
    return impl.cross_entropy(scores(3, 4, dtype=torch.float64), torch.tensor([3, 0, -100]))


def left_alone(impl):
    """Whether logits and targets are as they were after the call."""
    logits, targets = scores(3, 4), torch.tensor([3, -100, 1])
    kept = logits.clone(), targets.clone()
    impl.cross_entropy(logits, targets)
    return {"logits": torch.equal(logits, kept[0]), "targets": torch.equal(targets, kept[1])}


def gradient(impl):
    """What flows back to the logits; nothing to an example that does not count."""
    logits = scores(4, 3).requires_grad_()
    loss = impl.cross_entropy(logits, torch.tensor([2, -100, 0, 1]))
    if not getattr(loss, "requires_grad", False):
        raise ProbeProblem("No gradient can flow back from your loss to the logits, so a model cannot learn from it.")
    loss.backward()
    return logits.grad


def repeated(impl):
    """Two calls alike with another between them."""
    targets = torch.tensor([2, -100, 0, 1])
    return repeats(lambda rows: impl.cross_entropy(rows, targets), scores(4, 3), scores(4, 3) + table([0, 1, 3]))
