"""Checks of what exercise.toml cannot declare: the result's type, and the device."""

from exercises.kit import Diagnosis, diagnose


def test_empty(run):
    """An empty loader gives NaN

    Page: "An empty loader, of length 0, gives `float("nan")`"
    """
    data, expected = run("empty"), run.reference("empty")
    for num_batches, nan in expected.items():
        if isinstance(data[num_batches], str):
            raise Diagnosis(
                "empty-raises",
                f'Yours raises {data[num_batches]} for an empty loader; it should return float("nan").',
            )
        what = f"result of `calc_loss_loader` for an empty loader and num_batches={num_batches}"
        run.equal(data[num_batches], nan, what=what)


def test_float(run):
    """The result is a Python float

    Page: "a Python float, the mean of the losses of these batches"
    """
    for call, kind in run("kinds").items():
        assert kind == "float", (
            f"Your result of `{call}` is of type {kind}; it should be a Python float, as .item() returns."
        )


def test_calls(run):
    """The loss of no other batch is computed

    Page: "The loss of no other batch is computed"
    """
    expected = run.reference("calls")
    for num_batches, count in run("calls").items():
        right = expected[num_batches]
        assert count <= right, (
            f"Your code calls the model {count} times for num_batches={num_batches} and a loader of 4 batches; {right} "
            "are used. Stop after them, as a whole training set takes too long."
        )


def test_by_name(run):
    """The arguments have the names of the page

    Page: "calc_loss_loader(data_loader, model, device, num_batches=None)"
    """
    loss = run.same("by_name", what="result of `calc_loss_loader` with named arguments")
    says = "Yours rounds the mean; it should return it as it is, and round only where it is printed."
    diagnose(loss != round(loss, 5), "rounded", says)


def test_device_argument(run):
    """The batches are moved to the device

    Page: "It moves the batches to the device."
    """
    assert not run("device"), (
        "Your code uses a batch on the device where the loader creates it, which fails if the model is on a GPU. Pass "
        "`device` to calc_loss_batch, which should use the result of `.to(device)` for inputs and targets."
    )
