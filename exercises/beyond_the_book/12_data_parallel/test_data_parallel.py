"""Checks for average_gradients and shard."""

from exercises.kit import common_checks, compare

SHARDS = "the shards of 41 indices for 4 processes"


def _same(run, probe, what):
    """Compares the gradients of each replica."""
    for number, (mine, right) in enumerate(zip(run(probe), run.reference(probe), strict=True)):
        for name, gradient in right.items():
            run.equal(mine[name], gradient, what=f"gradient of `{name}` in replica {number} {what}", rtol=1e-3)


def test_equal_counts(run):
    """Replicas with equal numbers of examples get the right gradients

    Page: "Afterwards the gradient of every weight, in every replica"
    """
    _same(run, "equal_counts", "of two with 3 examples each")
    _same(run, "one_replica", "of one")


def test_averaged(run):
    """Replicas with different numbers of examples get the right gradients

    Page: "The mean of the means, (2 + 6) / 2 = 4, is a different gradient"
    """
    _same(run, "averaged", "of three with 4, 1 and 3 examples")


def test_large_batch(run):
    """The average is the gradient of one large batch

    Page: "is that of the mean loss over all examples together"
    """
    data = run("large_batch")
    for name, gradient in data["large"].items():
        if gradient is not None and data["replica"][name] is not None:
            assert compare.difference(data["replica"][name], gradient, rtol=1e-3, atol=1e-4) is None, (
                f"Your gradient of `{name}` is not that of one batch with all 8 examples."
            )


def test_no_examples(run):
    """A replica without examples receives the average

    Page: "It makes the step too, so it needs the average."
    """
    _same(run, "no_examples", "of three with 3, 0 and 2 examples")


def test_own_tensors(run):
    """Each replica has gradients of its own, and its weights as before

    Page: "Each replica gets a tensor of its own."
    """
    data = run("own_tensors")
    assert compare.difference(data["after"], data["before"]) is None, (
        "After the gradients of replica 0 are set to zero in place, those of replica 1 differ: they share tensors."
    )
    assert compare.difference(data["weights"], data["original"]) is None, "Your average_gradients changes weights."


def test_shards(run):
    """Each index is in one shard

    Page: "each index is in the shard of exactly one process"
    """
    data = run("shards")
    assert data["lists"], "Your shard should return a list of the indices, unchanged."
    foreign, missing, repeated = data["foreign"], data["missing"], data["repeated"]
    assert not foreign, f"Your shards have {foreign} numbers that are not in indices. Return indices, not positions."
    assert not missing, f"In {SHARDS}, {missing} indices are in no shard."
    assert not repeated, f"In {SHARDS}, {repeated} numbers repeat others."
    lengths = data["lengths"]
    assert max(lengths) - min(lengths) <= 1, f"The lengths of {SHARDS} are {lengths}; they should differ by 1 at most."


def test_order(run):
    """The order is shuffled, and different in each epoch

    Page: "Each epoch has a different order, and a process gets different indices."
    """
    data = run("shards")
    if not data["lists"]:
        return
    assert not data["in order"], f"In {SHARDS}, the indices are in their original order; shuffle them."
    assert not data["same order"], "Your shards are the same in epochs 0 and 1."
    assert not data["same indices"], "Each process gets the same indices in epochs 0 and 1, in a different order."
    assert data["repeatable"], "Two equal calls of your shard give different lists."


def test_other_sizes(run):
    """Any numbers of examples, indices and processes work

    Page: "There can be more processes than indices; then some lists are empty."
    """
    run.vary("any_counts", what="gradients of three replicas", rtol=1e-3, cases=4)
    for count, world in ((2, 5), (12, 3), (0, 2), (7, 1)):
        data, expected = (
            run("any_shards", count=count, world=world),
            run.reference("any_shards", count=count, world=world),
        )
        what = f"the shards of {count} indices for {world} processes"
        assert data["complete"], f"In {what}, not every index stands once."
        run.equal(data["lengths"], expected["lengths"], what=f"sorted lengths of {what}")


def test_arguments_by_name(run):
    """Arguments have the page's names

    Page: "average_gradients(replicas, counts)"
    """
    _same(run, "average_by_name", "with named arguments")
    assert run("shard_by_name")["equal"], "Your shard gives different lists with named arguments."


test_manners = common_checks.manners("averaged")
