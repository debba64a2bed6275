"""Checks train_classifier_simple: the weights, the five results, the order of each step and the modes."""

import torch

from exercises.kit import Diagnosis

LISTS = ("train_losses", "val_losses", "train_accs", "val_accs")


def compare(run, data, expected, what):
    for name, weight in expected.get("weights", {}).items():
        run.equal(data["weights"][name], weight, what=f"weight `{name}` after {what}", rtol=1e-3)
    run.equal(data["examples_seen"], expected["examples_seen"], what=f"`examples_seen` of {what}")
    for name in LISTS:
        run.equal(len(data[name]), len(expected[name]), what=f"number of items in `{name}` of {what}")
        run.equal(data[name], expected[name], what=f"`{name}` of {what}", rtol=1e-3)


def test_trained(run):
    """The weights and the five results of the worked example are right

    Page: "losses × × × 3 items in each list"
    """
    compare(run, run("trained"), run.reference("trained"), "the worked example")


def test_order(run):
    """Each batch has one backward and one step

    Page: "zero_grad, loss, backward, step"
    """
    data = run("events")
    if not data["backwards"]:
        raise Diagnosis("order", "Your loop computes no gradients: call loss.backward() for each batch.")
    if not data["steps"]:
        raise Diagnosis("order", "Your loop never updates the weights: call optimizer.step() after loss.backward().")
    if data["steps"] != 4:
        raise Diagnosis(
            "order", f"Your loop takes {data['steps']} steps for two epochs of two batches; it should be 4."
        )
    if data["backwards"] != 4:
        raise Diagnosis(
            "order",
            f"Your loop calls backward {data['backwards']} times for two epochs of two batches; it should be 4.",
        )
    if not data["backward_first"]:
        raise Diagnosis("order", "Your loop calls step before the first backward; call backward first.")
    if data["zero_between"]:
        raise Diagnosis(
            "order",
            "Your loop calls zero_grad between backward and step, so the step has no gradients. Call it before "
            "backward.",
        )


def test_training_mode(run):
    """The model is in training mode in every step of every epoch

    Page: "Call `model.train()` at the start of *each* epoch"
    """
    for training in (False, True):
        modes = run("events", training=training)["updates"]
        if not all(modes[:1]):
            raise Diagnosis(
                "mode", "Your loop trains in evaluation mode; it should call model.train() before each epoch."
            )
        if not all(modes):
            raise Diagnosis(
                "mode",
                "Your loop trains the first step in training mode and later ones in evaluation mode, in which a "
                "measurement leaves the model; call model.train() at the start of each epoch.",
            )


def test_measurements(run):
    """Losses and accuracies are measured in evaluation mode, without gradients

    Page: "leaves the model in evaluation mode"
    """
    for training, with_gradients in run("events")["measured"]:
        if training:
            raise Diagnosis(
                "measurement",
                "Your function measures in training mode; evaluate_model and calc_accuracy_loader do not.",
            )
        if with_gradients:
            raise Diagnosis("measurement", "Your function measures with gradients; do it inside torch.no_grad().")


def test_other_settings(run):
    """Other numbers of texts, epochs, steps and batches work

    Page: "each the mean over the first eval_iter batches"
    """
    for count, num_epochs, eval_freq, eval_iter in ((7, 2, 1, 1), (4, 3, 3, 3), (9, 1, 5, 2), (2, 2, 4, 1)):
        settings = {"count": count, "num_epochs": num_epochs, "eval_freq": eval_freq, "eval_iter": eval_iter}
        what = f"{count} texts, num_epochs={num_epochs}, eval_freq={eval_freq}, eval_iter={eval_iter}"
        compare(run, run("trained", **settings), run.reference("trained", **settings), what)


def test_by_name(run):
    """The arguments have the names of the page

    Page: "optimizer, device, num_epochs, eval_freq, eval_iter)"
    """
    compare(run, run("by_name"), run.reference("by_name"), "a call with named arguments")


def test_rate(run):
    """The learning rate stays as it is

    Page: "Change the weights only by the optimizer, one step per batch"
    """
    for rate in run("rates"):
        if rate != 0.2:
            raise Diagnosis("rate", f"Yours changes the optimizer's learning rate from 0.2 to {rate:g}; it should not.")


def test_frozen(run):
    """Parameters that the optimizer does not hold stay as they are

    Page: "parameters that it does not hold stay as they are"
    """
    data = run("frozen")
    if not torch.equal(data["before"], data["after"]):
        raise Diagnosis(
            "frozen",
            "Your function changes weights that the optimizer does not hold; change them only by optimizer.step().",
        )
    if not (not data["trainable"]["tok_emb.weight"] and data["trainable"]["out_head.weight"]):
        raise Diagnosis(
            "frozen", "Your function sets requires_grad of the model's parameters; it should leave that to the caller."
        )


def test_floats(run):
    """The lists hold Python floats, and examples_seen is an int

    Page: "four lists of floats and an int"
    """
    for name, kinds in run("kinds").items():
        wanted = "int" if name == "examples_seen" else "float"
        assert all(kind == wanted for kind in kinds), (
            f"Your `{name}` {'is' if wanted == 'int' else 'holds values'} of type {', '.join(kinds)}; it should be "
            f"{wanted}."
        )


def test_no_memory(run):
    """A second training starts with empty lists

    Page: "It returns `train_losses, val_losses, train_accs, val_accs, examples_seen`"
    """
    first, second = run("repeated")
    assert first["examples_seen"] == second["examples_seen"] and all(
        len(first[name]) == len(second[name]) for name in LISTS
    ), "A second call returns results of the first one too; create the lists and counts inside the function."


def test_device(run):
    """The batches are moved to the device

    Page: "calc_loss_batch(input_batch, target_batch, model, device)"
    """
    assert not run("device"), (
        "Your code uses a batch on the device where the loader creates it, which fails if the model is on a GPU. Pass "
        "`device` on to every function."
    )
