"""Checks of what exercise.toml cannot declare: the names of the arguments, and the device."""


def test_by_name(run):
    """The arguments have the names of the page

    Page: "calc_loss_batch(input_batch, target_batch, model, device)"
    """
    run.same("by_name", what="result of `calc_loss_batch` with named arguments, for a model in evaluation mode")


def test_device_argument(run):
    """Both batches are moved to the device

    Page: "Move both batches to the device with `.to(device)`."
    """
    stay = [name for name, unmoved in run("unmoved").items() if unmoved]
    assert not stay, (
        f"Your code uses the {' and the '.join(stay)} on the device where they were created, which fails if the model "
        "is on a GPU. Use the result of `.to(device)`: a tensor itself does not move."
    )
