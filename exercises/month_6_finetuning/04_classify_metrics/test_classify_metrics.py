"""Checks the loss and the accuracy of a classifier: the last token, all texts, and how the model is called."""

from exercises.kit import Diagnosis


def test_example_loss(run):
    """The worked example gives the expected loss

    Page: "(0.313 + 1.313) / 2 = 0.813"
    """
    run.same("example_loss", what="result of `calc_loss_batch` for batch 1 of the worked example")


def test_example_accuracy(run):
    """The worked example gives the expected accuracy

    Page: "2 / 3 = 0.667: right predictions of all batches, divided by all texts"
    """
    run.same("example_accuracy", what="result of `calc_accuracy_loader` for the worked example")


def test_all_right(run):
    """The accuracy is 1 if all predictions are right, 0 if all are wrong

    Page: "the fraction of texts whose largest logit"
    """
    data, expected = run("all_right"), run.reference("all_right")
    for key in expected:
        run.equal(data[key], expected[key], what=f"result of `calc_accuracy_loader` where {key} predictions are right")


def test_other_losses(run):
    """Batches of any size, length and number of classes have the right loss

    Page: "more than two classes, texts of one token, and a batch of"
    """
    run.same("square_loss", what="result of `calc_loss_batch` for 3 texts of 3 tokens and 3 classes")
    run.vary("loss", what="result of `calc_loss_batch`", cases=8)


def test_large_logits(run):
    """Large logits give a finite loss

    Page: "take logits of any size"
    """
    run.same("loss", scale=100, what="result of `calc_loss_batch` for logits of about 100")


def test_other_accuracies(run):
    """Loaders of any size have the right accuracy

    Page: "the fraction of texts whose largest logit, at the last token"
    """
    run.same("square", what="result of `calc_accuracy_loader` for batches of 3 texts of 3 tokens and 3 classes")
    run.vary("accuracy", what="result of `calc_accuracy_loader(data_loader, model, device)`", cases=8)


def test_num_batches(run):
    """num_batches limits the batches

    Page: "It uses the first `num_batches` batches of the loader, or all of them with None, or if there are fewer"
    """
    for number in (1, 2, 3, 4, 9):
        what = f"result of `calc_accuracy_loader(…, num_batches={number})` for a loader of 4 batches"
        run.same("limited", num_batches=number, what=what)


def test_by_name(run):
    """The arguments have the names of the page

    Page: "calc_accuracy_loader(data_loader, model, device, num_batches=None)"
    """
    data, expected = run("by_name"), run.reference("by_name")
    for key, name in (("loss", "calc_loss_batch"), ("accuracy", "calc_accuracy_loader")):
        run.equal(data[key], expected[key], what=f"result of `{name}` with named arguments")


def test_evaluation_mode(run):
    """The accuracy calls the model in evaluation mode

    Page: "calls `model.eval()` before the first batch"
    """
    for training in (False, True):
        modes = run("called", training=training)["was_training"]
        if not modes:
            raise Diagnosis("mode", "Your `calc_accuracy_loader` never calls the model.")
        if any(modes):
            raise Diagnosis(
                "mode",
                "Your `calc_accuracy_loader` calls the model in training mode, where dropout changes the logits; call "
                "model.eval() first.",
            )


def test_no_gradients(run):
    """The accuracy computes no gradients

    Page: "Evaluation computes no gradients, and the weights stay trainable."
    """
    data = run("called")
    assert data["enabled"], "Your function leaves gradients disabled; `with torch.no_grad():` enables them at its end."
    assert data["trainable"], (
        "Your function leaves the weights with requires_grad=False, so they cannot be trained. Call the model inside "
        "torch.no_grad() instead."
    )
    assert not any(data["recording"]), (
        "Your `calc_accuracy_loader` records a graph for a backward pass. Call the model inside torch.no_grad()."
    )
    assert not data["gradients"], "Your function leaves gradients on the weights; it should not call backward."


def test_once(run):
    """Each text passes through the model once

    Page: "Start counting from 0 in each call."
    """
    sizes = run("called")["sizes"]
    if sum(sizes) != 5:
        raise Diagnosis(
            "texts-used", f"Your function passes {sum(sizes)} texts of 5 to the model; it should pass each once."
        )


def test_no_memory(run):
    """Nothing is kept between calls

    Page: "Start counting from 0 in each call."
    """
    first, _, again = (float(result) for result in run("repeated"))
    assert abs(first - again) < 1e-6, (
        f"Your accuracy is {first:g}, and {again:g} when called again. Start both counts at 0 in each call."
    )


def test_float(run):
    """The accuracy is a Python float

    Page: "a Python float from 0 to 1"
    """
    for kind in run("is_float"):
        assert kind == "float", f"Your accuracy is of type {kind}; it should be a Python float: use .item()."


def test_loss_mode(run):
    """The loss leaves the model's mode as it is

    Page: "leaves the model's mode as it is"
    """
    for before, modes in zip((True, False), run("loss_modes"), strict=True):
        if not all(mode == before for mode in modes):
            raise Diagnosis(
                "mode-changed", "Your `calc_loss_batch` changes the model's mode; it should leave that to its caller."
            )


def test_device(run):
    """The batches are moved to the device

    Page: "move both to device"
    """
    for name, unmoved in run("devices").items():
        assert not unmoved, (
            f"Your `{name}` uses a batch on the device where the loader creates it; use the results of `.to(device)` "
            "for inputs and targets."
        )
