"""Checks for group_advantages and grpo_loss."""

import torch

from exercises.kit import common_checks

BIASED = "Your standard deviation divides by G, the page's by G − 1. Both are in use."
ALL_TOKENS = (
    "Your loss is the mean over all tokens of the group, as in DAPO (Yu et al., 2025). The page asks for the paper's: "
    "the mean of each completion first."
)
LARGER = (
    "For negative advantages yours takes the larger product, as the book's code does: a bad completion whose ratio "
    "is above 1 + clip then has no gradient. The paper takes the smaller product for both signs."
)
PLAIN_DIFFERENCE = (
    "Your divergence is the plain difference logps − ref_logps, as in the book's code. Its mean is the same, but for "
    "one completion it can be negative; the page asks for the paper's estimate."
)


def plain_difference(data, beta):
    """Returns whether a loss is beta times the mean of logps − ref_logps."""
    loss = data["loss"]
    expected = beta * data["difference"].detach().mean()
    return isinstance(loss, torch.Tensor) and loss.numel() == 1 and torch.allclose(loss.detach(), expected, rtol=1e-4)


def compare_advantages(run, note, probe, what, **arguments):
    """Compares advantages; a biased standard deviation is accepted with a remark."""
    data, expected = run(probe, **arguments), run.reference(probe, **arguments)
    is_tensor = isinstance(data, torch.Tensor) and data.shape == expected.shape
    biased = expected * (len(expected) / (len(expected) - 1)) ** 0.5
    if is_tensor and torch.allclose(data.float(), biased, rtol=2e-3) and bool(expected.any()):
        note(BIASED)
        return
    run.equal(data, expected, what=what, rtol=2e-3, atol=1e-4)


def test_example_advantages(run, note):
    """The worked example gives the expected advantages

    Page: "advantages [0.866, −0.866, −0.866, 0.866]"
    """
    compare_advantages(run, note, "example_advantages", "`group_advantages([1, 0, 0, 1])`")


def test_example_loss(run):
    """The worked example gives the expected loss

    Page: "loss = −(0.600 + 0.370) / 2 = −0.485"
    """
    run.same("example_loss", what="`grpo_loss(…)` for the worked example")


def test_advantages(run, note):
    """Any rewards and any size of the group work

    Page: "advantage = (reward − mean) / (standard deviation + 1e-4)"
    """
    for size in (2, 5, 8):
        compare_advantages(run, note, "advantages", f"`group_advantages(rewards)` for {size} rewards", size=size)


def test_equal_rewards(run):
    """Equal rewards give advantages of 0

    Page: "If all rewards are equal, all advantages are 0"
    """
    for value, result in run("equal_rewards").items():
        assert not torch.isnan(result).any(), (
            f"Your `group_advantages` gives NaN for four rewards of {value}: their standard deviation is 0; add 1e-4 "
            "to it."
        )
        assert float(result.abs().max()) < 1e-3, (
            f"Your `group_advantages` gives {result.tolist()} for four rewards of {value}; all should be 0."
        )


def test_positive(run):
    """A positive advantage stops counting when the ratio is above 1 + clip

    Page: "the smaller one of ratio · A and (ratio, kept in 1 − clip … 1 + clip) · A"
    """
    run.same("positive", what="`grpo_loss(…)` where all advantages are positive")


def test_negative(run, note):
    """A negative advantage stops counting when the ratio is below 1 − clip

    Page: "For a negative advantage the smaller product is the one that is further from 0."
    """
    for sign, what in ((-1.0, "all advantages are negative"), (1.0, "every second advantage is negative")):
        data, expected = run("negative", sign=sign), run.reference("negative", sign=sign)
        loss = data["loss"]
        if isinstance(loss, torch.Tensor) and torch.allclose(loss, expected["with the larger"], rtol=1e-4):
            note(LARGER)
            return
        run.equal(loss, expected["loss"], what=f"`grpo_loss(…)` where {what}")


def test_loss(run):
    """The loss and its gradient are right for any size

    Page: "loss = − the mean of the completions"
    """
    data, expected = run("loss"), run.reference("loss")
    for key in ("loss", "gradient"):
        what = f"{'result' if key == 'loss' else 'gradient'} of `grpo_loss(…)` for 4 completions of equal length"
        run.equal(data[key], expected[key], what=what)
    run.vary("loss", what="loss and gradient of `grpo_loss(…)`, for completions of equal length,")


def test_outside(run):
    """Tokens outside the mask do not count

    Page: "Only tokens where the mask is True count"
    """
    data = run("outside")
    hint = "Only numbers where the mask is False have changed: those of the prompt and the padding."
    run.equal(data["changed"], data["as it is"], what="`grpo_loss(…)`", hint=hint)


def test_uneven(run, note):
    """Each completion is divided by the number of its own tokens

    Page: "completion = the mean of the objective over its mask"
    """
    data, expected = run("uneven"), run.reference("uneven")
    run.equal(
        data["alone"], expected["alone"], what="`grpo_loss(…)` for one completion of a group of different lengths"
    )
    counts = expected["counts"]
    by_tokens = (expected["alone"] * counts).sum() / counts.sum()
    result = data["all"]
    if isinstance(result, torch.Tensor) and result.numel() == 1 and torch.allclose(result, by_tokens, rtol=1e-4):
        note(ALL_TOKENS)
        return
    run.equal(result, expected["all"], what="`grpo_loss(…)` for completions of 5, 1, 2 and 4 tokens")


def test_divergence(run, note):
    """KL is estimated as in the paper, and makes the loss larger

    Page: "KL = exp(ref_logps − logps) − (ref_logps − logps) − 1"
    """
    data, expected = run("only_kl"), run.reference("only_kl")
    if plain_difference(data, 0.5) and not plain_difference(expected, 0.5):
        note(PLAIN_DIFFERENCE)
        return
    run.equal(data["loss"], expected["loss"], what="`grpo_loss(…, beta=0.5)` for advantages of 0")
    run.equal(data["gradient"], expected["gradient"], what="gradient of `grpo_loss(…, beta=0.5)` for advantages of 0")
    run.same("only_kl", beta=0.1, what="result of `grpo_loss(…, beta=0.1)` for advantages of 0")


def test_constants(run, note):
    """No gradient reaches the advantages

    Page: "`advantages` are constants: no gradient reaches them, even if they require one."
    """
    reached = run("constants")
    assert reached["logps"], "Your loss has no gradient for logps, so nothing would be learned."
    assert not reached["advantages"], "Your loss has a gradient for advantages, which are constants; detach them."
    for name in ("old_logps", "ref_logps"):
        if reached[name]:
            note(f"Your loss has a gradient for {name} if it requires one. Detach it, for a caller who has not.")


def test_same_model(run):
    """The first step has a gradient, though the ratios are 1

    Page: "every ratio is 1; the loss has a gradient all the same"
    """
    gradient = run("same_model")["gradient"]
    assert gradient is not None and float(gradient.abs().max()) > 0, (
        "Your loss has no gradient if old_logps equals logps; the ratio must depend on logps."
    )


def test_arguments(run):
    """The parameters have the expected names

    Page: "grpo_loss(logps, old_logps, ref_logps, advantages, mask, clip=0.2, beta=0.0)"
    """
    run.same("by_name", what="`grpo_loss(…, clip=0.1, beta=0.0)` with the arguments by name")


# General checks
test_dtype = common_checks.dtypes("results")
test_device = common_checks.device("results")
test_gradients = common_checks.gradients()
test_no_memory = common_checks.state("loss and advantages of a step")
test_manners = common_checks.manners()
