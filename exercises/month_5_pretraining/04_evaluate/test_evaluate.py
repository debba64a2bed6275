"""Checks for `evaluate_model`: the losses, then modes, gradients, types and the device."""

from exercises.kit import diagnose

# the modes of a model and its dropout: whether each is in training mode
TRAINING = {(True, True): "the model is", (False, True): "its dropout is", (True, False): "the model is"}
EVALUATING = {(False, False): "the model is", (True, False): "its dropout is", (False, True): "the model is"}


def same_losses(run, actual, expected, call):
    for name in ("train_loss", "val_loss"):
        run.equal(actual[name], expected[name], what=f"{name} of `{call}`")


def test_example(run):
    """The worked example gives the expected losses

    Page: "(0.693 + 1.386) / 2 = 1.040"
    """
    call = "evaluate_model(model, train_loader, val_loader, device, 2)"
    same_losses(run, run("example"), run.reference("example"), call)


def test_eval_iter(run):
    """eval_iter batches of each loader are used

    Page: "number of batches to use of each loader"
    """
    actual, expected = run("eval_iters"), run.reference("eval_iters")
    for n, losses in expected.items():
        same_losses(run, actual[n], losses, f"evaluate_model(model, train_loader, val_loader, device, {n})")


def test_other_loaders(run):
    """Other loaders work

    Page: "Each loss is that of `calc_loss_loader(data_loader, model, device, num_batches)`"
    """
    actual, expected = run("sizes"), run.reference("sizes")
    for sizes, losses in expected.items():
        same_losses(run, actual[sizes], losses, f"evaluate_model(…)` for `{sizes}")
        says = "Yours rounds the losses; it should return them as they are, and round only where they are printed."
        diagnose(all(loss != round(loss, 5) for loss in actual[sizes].values()), "rounded", says)


def test_empty_loader(run):
    """An empty loader gives NaN

    Page: "The losses can be NaN, where a loader is empty; pass that on."
    """
    same_losses(run, run("empty"), run.reference("empty"), "evaluate_model(model, train_loader, empty_loader, …)")


def test_by_name(run):
    """The arguments have the names of the page

    Page: "evaluate_model(model, train_loader, val_loader, device, eval_iter)"
    """
    same_losses(run, run("by_name"), run.reference("by_name"), "evaluate_model(model=model, …)")


def test_evaluation_mode(run):
    """Both losses are computed in evaluation mode

    Page: "Put the model in evaluation mode before anything is measured"
    """
    modes = run("called")["training"]
    says = "Yours never calls the model that it gets; it should compute both losses with it, by calc_loss_loader."
    diagnose(bool(modes), "model-not-called", says)
    assert not any(modes[0]), (
        f"Your function computes the training loss while {TRAINING[tuple(modes[0])]} in training mode. Call "
        "model.eval() first, which reaches every module."
    )
    assert not any(modes[-1]), (
        f"Your function computes the validation loss while {TRAINING[tuple(modes[-1])]} in training mode. Call "
        "model.train() after both losses."
    )
    assert not any(any(call) for call in run("evaluating")), (
        "Your function switches a model in evaluation mode to training mode and measures there; call model.eval()."
    )


def test_training_mode_after(run):
    """The model is in training mode afterwards

    Page: "the model must be in training mode afterwards"
    """
    after = run("called")["after"]
    assert all(after), (
        f"After your `evaluate_model` {EVALUATING[tuple(after)]} in evaluation mode, so training continues without "
        "dropout. Call model.train() before you return, which reaches every module."
    )


def test_no_gradients(run):
    """The losses are computed without gradients

    Page: "Compute both losses without gradients"
    """
    data = run("called")
    assert not any(data["gradients"]), (
        "Your function computes a loss with gradients, for which PyTorch keeps a graph in memory. Compute both losses "
        "inside `with torch.no_grad():`."
    )
    assert data["gradients after"], (
        "Your function leaves gradients disabled; `with torch.no_grad():` enables them again at its end."
    )
    assert data["gradients kept"], (
        "Your function changes the gradients of the weights; it should only measure the losses."
    )
    assert data["trainable"], "Your function leaves weights with requires_grad=False, so they cannot be trained."


def test_floats(run):
    """The losses are Python floats

    Page: "train_loss, val_loss: two Python floats"
    """
    kinds = run("kinds")
    wrong = [kind for kind in kinds if kind != "float"]
    assert not wrong, f"A loss of yours is of type {wrong[0]}; both should be Python floats."


def test_no_memory(run):
    """Repeated calls give the same losses

    Page: "Each loss is that of `calc_loss_loader(data_loader, model, device, num_batches)`"
    """
    first, _, again = run("repeated")
    assert [float(x) for x in first] == [float(x) for x in again], (
        "Your `evaluate_model` gives different losses when it is called again with the same arguments, after a call "
        "with other loaders. Keep nothing between calls."
    )


def test_device_argument(run):
    """The batches are moved to the device

    Page: "calc_loss_loader(data_loader, model, device, num_batches)"
    """
    assert not run("device"), (
        "Your code uses a batch on the device where the loader creates it, which fails if the model is on a GPU. Pass "
        "`device` to calc_loss_loader."
    )
