"""Checks for reward_rlvr and for each stage of grpo_step."""

CALL = "`grpo_step(…)` for two problems with four completions each"
NAMES = {"reward": "mean reward", "entropy": "mean entropy", "kl": "mean divergence", "loss": "loss"}


def compare(run, probe, what, hint="", keys=tuple(NAMES), **arguments):
    """Compares the figures of a step one by one, then the weights after it."""
    data, expected = run(probe, **arguments), run.reference(probe, **arguments)
    for key in keys:
        run.equal(data["figures"][key], expected["figures"][key], what=f"{NAMES[key]} of {what}", rtol=1e-3, atol=1e-5)
    for name, weight in expected["weights"].items():
        run.equal(data["weights"][name], weight, what=f"`{name}` after {what}", hint=hint, rtol=2e-3, atol=2e-4)


def test_rewards(run):
    r"""Only the right answer in a box earns a reward

    Page: "returns 1.0 if the text has an answer in `\boxed{…}` that `grade_answer` accepts, else 0.0"
    """
    data, expected = run("rewards"), run.reference("rewards")
    for text, value in expected.items():
        run.equal(data[text], value, what=f'`reward_rlvr({text!r}, "1/2")`')


def test_step(run):
    """A step gives the right figures and weights

    Page: "It returns a dict that says how the training goes"
    """
    compare(run, "one", CALL)


def test_returned(run):
    """The rewards and the completions are returned by problem

    Page: "a list of num_rollouts texts for each problem"
    """
    data, expected = run("one")["figures"], run.reference("one")["figures"]
    for key in ("rewards", "completions"):
        run.equal(data[key], expected[key], what=f'"{key}" of {CALL}')


def test_sampled(run):
    """All completions of a problem come from one call

    Page: "`sample` gives `num_rollouts` completions in one call"
    """
    for problem, number in run("one")["calls"]:
        assert number == 4, (
            f"Your grpo_step asks `sample` for {number} completions of {problem!r} with num_rollouts=4; it should "
            "ask for all in one call."
        )


def test_equal_rewards(run):
    """Equal rewards change nothing

    Page: "every advantage is 0"
    """
    data = run("equal_rewards")
    for name, before in data["before"].items():
        change = float((data["after"][name] - before).abs().max())
        assert change < 1e-5, (
            f"Your grpo_step changes `{name}` by {change:.2g} although all rewards are equal and beta is 0; without an "
            "advantage there is no gradient."
        )


def test_two_steps(run):
    """Each step begins with new gradients

    Page: "`zero_grad`, `backward`"
    """
    compare(run, "two_steps", "the second `grpo_step(…)`")


def test_inner_epochs(run):
    """Several changes use the same completions and the same old log-probabilities

    Page: "`old_logps` are computed once, before the first change."
    """
    compare(run, "more_epochs", "`grpo_step(…, inner_epochs=3, clip=0.05)`")


def test_divergence(run):
    """beta keeps the model near its reference

    Page: "`grpo_loss` of all N completions with `clip` and `beta`"
    """
    compare(run, "divergence", "`grpo_step(…, beta=0.5)`")


def test_small_norm(run):
    """The gradient is clipped to max_norm

    Page: "`torch.nn.utils.clip_grad_norm_` to `max_norm`"
    """
    compare(run, "small_norm", "`grpo_step(…, max_norm=0.01)`", keys=())


def test_own_reward(run):
    """Any reward can be used

    Page: "reward(text, problem["answer"])"
    """
    data, expected = run("own_reward"), run.reference("own_reward")
    run.equal(data["calls"], expected["calls"], what="arguments of the calls of `reward`, sorted,")
    run.equal(data["rewards"], expected["rewards"], what='"rewards" with a different `reward`')


def test_frozen(run):
    """The reference model stays as it is

    Page: "`ref_model` is frozen: it gets no gradient."
    """
    data = run("frozen")
    assert not data["changed"], "Your grpo_step changes the weights of ref_model; it should change model only."
    assert not data["gradients"], "Your grpo_step gives ref_model gradients; compute with it under torch.no_grad()."


def test_learned(run):
    """Forty steps teach a model to answer

    Page: "GRPO makes the better ones more likely"
    """
    data = run.once("learned")
    assert data["last"] > 0.6, (
        f"In 40 steps of your grpo_step the mean reward goes from {data['first']:.2f} to {data['last']:.2f}, and the "
        f"entropy to {data['entropy']:.2f}; the reward should rise above 0.6."
    )
