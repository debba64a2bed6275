"""Checks for `train_model_simple`: the evaluations, the weights, and what happens in which order."""

from exercises.kit import common_checks, diagnose


def test_evaluations(run):
    """The worked example is evaluated after the right steps

    Page: "track_tokens_seen = [8, 28, 52]"
    """
    hint = "In the worked example steps 0, 3 and 6 are evaluated, after 8, 28 and 52 input tokens."
    data, expected = run("trained"), run.reference("trained")
    tokens = "track_tokens_seen"
    run.equal(data[tokens], expected[tokens], what=tokens, hint=hint)


def test_weights(run):
    """Each batch makes one update, with the gradients of its loss

    Page: "zero_grad, loss, backward, step"
    """
    data, expected = run("trained"), run.reference("trained")
    for name, weight in expected["weights"].items():
        run.equal(data["weights"][name], weight, what=f"`{name}` after the worked example", rtol=1e-3)


def test_losses(run):
    """The losses are those of evaluate_model, after the update

    Page: "The evaluation comes after the update of its step."
    """
    data, expected = run("trained"), run.reference("trained")
    for name in ("train_losses", "val_losses"):
        run.equal(data[name], expected[name], what=name, hint="This is the worked example.", rtol=1e-3)
        says = f"Yours rounds the {name}; it should append what evaluate_model returns, and round only what it prints."
        are_floats = all(isinstance(loss, float) for loss in data[name])
        diagnose(not are_floats or any(loss != round(loss, 5) for loss in data[name]), "rounded", says)


def test_updates(run):
    """Each batch has one backward and one step

    Page: "zero_grad before backward, step after it"
    """
    data = run("events")
    backwards, steps = data["backwards"], data["steps"]
    diagnose(backwards > 0, "no-backward", "Your loop computes no gradients: call loss.backward() for each batch.")
    diagnose(
        steps > 0,
        "no-step-at-all",
        "Your loop never calls optimizer.step(); it should call it after loss.backward().",
    )
    diagnose(
        backwards == 4,
        "number-of-backwards",
        f"Your loop calls backward {backwards} times for two epochs of two batches, not 4 times.",
    )
    diagnose(
        steps == 4,
        "number-of-steps",
        f"Your loop takes {steps} optimizer steps for two epochs of two batches; it should take 4.",
    )
    diagnose(
        data["backward_first"],
        "step-first",
        "Your loop calls step before the first backward; it should be the other way round.",
    )
    diagnose(
        not data["zero_between"],
        "zero-grad-between",
        "Your loop calls zero_grad between backward and step, so the step has no gradients. Call it before backward.",
    )
    diagnose(
        not data["other_rates"],
        "learning-rate-changed",
        "Your loop changes the learning rate of the optimizer, as a schedule does; it should leave it as it is.",
    )


def test_training_mode(run):
    """Every update happens in training mode

    Page: "every update happens in training mode"
    """
    wrong = [number for number, modes in enumerate(run("events")["updates"]) if not all(modes)]
    after = "an evaluation" if wrong and wrong[0] % 2 else "the sample"
    assert not wrong or wrong[0] == 0, (
        f"Your step {wrong[0]} trains in evaluation mode, without dropout: the model is not put back into training "
        f"mode after {after}."
    )
    assert not wrong and all(all(modes) for modes in run("events", training=False)["updates"]), (
        "Your loop trains in evaluation mode, without dropout. Call model.train() at the start of each epoch."
    )


def test_measured(run):
    """Evaluations run in evaluation mode

    Page: "in evaluation mode and without gradients"
    """
    measured = run("events")["measured"]
    assert measured, "Your loop never evaluates the model, or only with batches that it trains on."
    diagnose(
        not any(event[0] or event[1] for event in measured),
        "measured-in-training-mode",
        "Your loop evaluates or samples in training mode, with dropout. Call model.eval() first.",
    )


def test_no_gradients(run):
    """Evaluations and samples are computed without gradients

    Page: "without gradients; every update happens in training mode"
    """
    data = run("events")
    for name, events in (("evaluates the model", data["measured"]), ("generates the sample", data["prompts"])):
        assert not any(event[2] for event in events), (
            f"Your loop {name} with gradients, for which PyTorch keeps a graph. Use `with torch.no_grad():`."
        )


def test_sample(run):
    """After each epoch the model continues start_context

    Page: "After each epoch, pass the ids of start_context to the model"
    """
    data = run("events")
    prompts, sampled = data["prompts"], data["sampled"]
    diagnose(
        bool(prompts),
        "start-context-not-used",
        "Your loop never passes start_context to the model; print a sample with it after each epoch, such as by "
        "generate_and_print_sample(model, tokenizer, device, start_context).",
    )
    diagnose(
        2 in sampled,
        "no-sample-after-first-epoch",
        "Your loop prints no sample after the first epoch; it should print one after each epoch.",
    )
    diagnose(
        4 in sampled,
        "no-sample-after-last-epoch",
        "Your loop prints no sample after the last epoch; it should print one after each epoch.",
    )
    diagnose(
        not any(event[0] or event[1] for event in prompts),
        "sample-in-training-mode",
        "Your loop generates the sample in training mode, with dropout. Call model.eval() before it.",
    )


def test_printed(run):
    """The sample is printed

    Page: "model and print a continuation"
    """
    diagnose(
        run("printed"),
        "sample-not-printed",
        "Your loop prints no continuation of start_context; it should print the text of the generated ids after each "
        "epoch.",
    )


def test_floats(run):
    """The losses are Python floats, the tokens ints

    Page: "ints, the tokens trained on until then"
    """
    types = run("types")
    for name, kind in (("train_losses", "float"), ("val_losses", "float"), ("track_tokens_seen", "int")):
        assert types[name] == [kind], (
            f"Your {name} has items of type {' and '.join(types[name]) or 'none'}; they should be {kind}s."
        )


def test_trainable(run):
    """The weights can be trained further

    Page: "It trains the model in place"
    """
    trainable = run("types")["trainable"]
    says = (
        "Your loop leaves weights with requires_grad=False; it should leave them so that they can be trained further."
    )
    diagnose(trainable, "weights-frozen", says)


def test_by_name(run):
    """The arguments have the names of the page

    Page: "start_context, tokenizer)"
    """
    run.same("by_name", rtol=1e-3, what="dict of the lists of `train_model_simple` with named arguments")


def test_no_memory(run):
    """A second training starts anew

    Page: "returns three lists, with one item for each evaluation"
    """
    first, again = run("repeated")
    assert first == again, (
        f"Your track_tokens_seen is {first}, and {again} for a second, equal training. Create the lists and the "
        "counters anew in each call."
    )


def test_other_sizes(run):
    """Other data, epochs, eval_freq and eval_iter work

    Page: "Steps are numbered from 0 and go on over all epochs."
    """
    run.vary("trained", rtol=1e-3, cases=3)


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
