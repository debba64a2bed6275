"""Checks for `train_toy`: the training, its batches, and the accuracies on training and test data."""

from exercises.kit import common_checks


def test_training(run):
    """Two epochs of one batch give the right losses, weights and accuracies

    Page: "trains the model in place and returns three things, in this order"
    """
    data, expected = run("trained"), run.reference("trained")
    run.equal(len(data["losses"]), 2, what="number of losses for two epochs")
    for number, loss in enumerate(expected["losses"]):
        run.equal(
            data["losses"][number], loss, what=f"loss of epoch {number + 1}, with one batch per epoch,", rtol=1e-3
        )
    for name, weight in expected["weights"].items():
        run.equal(data["weights"][name], weight, what=f"`{name}` after two epochs of one batch", rtol=1e-3)
    for name in ("train_accuracy", "test_accuracy"):
        run.equal(data[name], expected[name], what=f"{name} after two epochs of one batch")


def test_changed(run):
    """The model itself is trained

    Page: "trains the model in place"
    """
    data = run("changed")
    assert data["changed"], "The weights of the model are the same after your `train_toy(…)`; they should change."
    assert data["trainable"], "Your `train_toy(…)` leaves the weights with requires_grad=False; do not freeze them."


def test_batches(run):
    """Every example is used once per epoch

    Page: "Every example is used once per epoch, in a new order each time"
    """
    data = run("batches")
    assert data["sizes"] == [4, 4, 3], (
        f"With 11 examples and batch_size=4, an epoch of yours has batches of {data['sizes']}; they should be "
        "[4, 4, 3]. Pass batch_size to the DataLoader, and keep the last batch."
    )
    assert data["complete"], "An epoch of yours does not use every training example exactly once; it should."


def test_shuffled(run):
    """The training data is shuffled in each epoch

    Page: "Shuffle the training data"
    """
    assert run("batches")["shuffled"], (
        "Your epochs use the examples in the same order; create the training DataLoader with shuffle=True."
    )


def test_learned(run):
    """After 20 epochs on separate clusters, new points are classified correctly

    Page: "tells how well the model does on new examples"
    """
    data = run("learned")
    assert data["learned"], "Your last loss is more than half the first after 20 epochs; it should be much lower."
    for accuracy, name in zip(data["accuracy"], ("train", "test"), strict=True):
        assert accuracy > 0.9, f"Your {name}_accuracy is {accuracy:g} after 20 epochs; it should be above 0.9."


def test_other_sizes(run):
    """Other numbers of examples and epochs, and the defaults, work

    Page: "With `num_epochs=10` there are ten losses"
    """
    run.vary("trained", what="dict of the results and weights after training", rtol=1e-3)
    data = run("defaults")
    run.equal(data["losses"], 3, what="number of losses with the default num_epochs")
    run.equal(data["batches"], 9, what="number of batches for 5 examples with the defaults")


# General checks
test_manners = common_checks.manners("trained")
