"""Checks for `train_model`: the rates, the clipping, the evaluations, and what happens in which mode."""

from exercises.kit import common_checks, diagnose

PRINTED = (
    "Your loop clips from step warmup_steps + 1 on, as the printed book does; its newer code clips step warmup_steps "
    "too. Both are accepted."
)


def test_example(run):
    """track_lrs has the rates of the worked example

    Page: "track_lrs 0.1 0.3 0.5 0.430 0.260 0.090"
    """
    data, expected = run("example"), run.reference("example")
    run.equal(len(data), len(expected), what="number of rates in track_lrs for six steps")
    for step, rate in enumerate(expected):
        run.equal(data[step], rate, what=f"track_lrs[{step}] of the worked example, times 10,")


def test_rates(run):
    """The optimizer has the rate of the step in every group

    Page: "Set the rate before `optimizer.step()`, in every group."
    """
    data, expected = run("steps")["rates"], run.reference("steps")["rates"]
    run.equal(len(data), len(expected), what="number of optimizer steps for three epochs of two batches")
    for step, rates in enumerate(expected):
        for group, rate in enumerate(rates):
            run.equal(data[step][group], rate, what=f'param_groups[{group}]["lr"] at `optimizer.step()` of step {step}')


def test_unclipped(run):
    """Gradients are not clipped during the warm-up

    Page: "step < warmup_steps is never clipped"
    """
    data, expected = run("steps")["norms"], run.reference("steps")["norms"]
    for step in (0, 1):
        what = f"norm of the gradients at step {step}, in the warm-up,"
        run.equal(data[step], expected[step], what=what, rtol=1e-3)


def test_clipped(run):
    """Gradients are clipped to the norm 1 after the warm-up

    Page: "step > warmup_steps always"
    """
    data, expected = run("steps")["norms"], run.reference("steps")["norms"]
    for step in range(3, 6):
        what = f"norm of the gradients at `optimizer.step()` of step {step}, with warmup_steps=2,"
        run.equal(data[step], expected[step], what=what, rtol=1e-3)


def test_end_of_warm_up(run, note):
    """Step warmup_steps may be clipped or not

    Page: "Step == warmup_steps may be either"
    """
    before, at_the_end = run.once("end_of_warm_up")
    is_clipped = abs(at_the_end - 1) < 1e-3
    assert is_clipped or abs(at_the_end / before - 1) < 1e-3, (
        f"The norm of your gradients at step warmup_steps is {at_the_end:.3g}; it should be 1, or {before:.3g} if "
        "they are not clipped."
    )
    if not is_clipped:
        note(PRINTED)


def test_evaluations(run):
    """The model is evaluated after the right steps

    Page: "step % eval_freq == 0: evaluate, append to the three lists"
    """
    data, expected = run("trained"), run.reference("trained")
    hint = "Steps 0, 2 and 4 of six are evaluated; tokens_seen counts the input tokens of all batches so far."
    name = "track_tokens_seen"
    run.equal(data[name], expected[name], what=f"{name} with eval_freq=2", hint=hint)


def test_weights(run):
    """The weights after training are right

    Page: "It trains the model in place"
    """
    data, expected = run("trained"), run.reference("trained")
    for name, weight in expected["weights"].items():
        run.equal(data["weights"][name], weight, what=f"`{name}` after two epochs of three batches", rtol=1e-3)
    assert data["trainable"], "Your loop leaves weights with requires_grad=False; it should not freeze them."


def test_losses(run):
    """The losses are those of evaluate_model, after the update

    Page: "train_losses, val_losses floats, one for each evaluation"
    """
    data, expected = run("trained"), run.reference("trained")
    for name in ("train_losses", "val_losses"):
        run.equal(data[name], expected[name], what=f"{name} with eval_freq=2 and eval_iter=2", rtol=1e-3)


def test_modes(run):
    """Updates happen in training mode, evaluations do not

    Page: "Every update happens in training mode."
    """
    for training in (True, False):
        data = run("calls", training=training)
        assert data["updates"], "Your loop computes no gradients: call loss.backward() for each batch."
        diagnose(
            data["trained in training mode"],
            "trained-in-evaluation-mode",
            "Yours trains in evaluation mode, without dropout; it should call model.train() at the start of each "
            "epoch, and after an evaluation or a sample.",
        )
        diagnose(
            data["measured in evaluation mode"],
            "evaluated-in-training-mode",
            "Yours evaluates in training mode, where dropout changes the losses; it should call model.eval() first.",
        )
        diagnose(
            data["measured without gradients"],
            "evaluated-with-gradients",
            "Yours evaluates with gradients, for which PyTorch keeps a graph; it should use `with torch.no_grad():`.",
        )


def test_defaults(run):
    """initial_lr and min_lr have the defaults of the signature

    Page: "initial_lr=3e-05, min_lr=1e-6"
    """
    for name, rate, expected in zip(("first", "last"), run("defaults"), run.reference("defaults"), strict=True):
        run.equal(rate, expected, what=f"{name} rate with the default initial_lr and min_lr, times 100,000,")


def test_floats(run):
    """The losses and rates are Python floats, the tokens ints

    Page: "floats, the learning rate of every step"
    """
    types = run("types")
    for name, kind in zip(types, ("float", "float", "int", "float"), strict=True):
        assert types[name] == [kind], (
            f"Your {name} has items of type {' and '.join(types[name]) or 'none'}; they should be {kind}s."
        )


def test_repeatable(run):
    """A second training starts anew

    Page: "Steps are numbered from 0"
    """
    first, again = run("repeated")
    assert first == again, (
        "Your lists differ between two equal trainings. Create the lists and the counters anew in each call."
    )


def test_other_sizes(run):
    """Other data, epochs, eval_freq and eval_iter work

    Page: "number of batches of train_loader · n_epochs"
    """
    run.vary("trained", cases=3, what="dict of the lists and weights after training", rtol=1e-3)
    run.same("by_name", what="pair of track_lrs and track_tokens_seen for named arguments")


def test_device_argument(run):
    """The batches are moved to the device

    Page: "train_loader, val_loader, device, eval_iter"
    """
    assert not run("device"), (
        "Your code uses a batch on the device where the loader creates it, which fails if the model is on a GPU. Pass "
        "`device` to calc_loss_batch and to evaluate_model."
    )


# General checks
test_manners = common_checks.manners("types")
