"""Checks for create_dataloader_v1."""

from exercises.kit import common_checks


def test_batches(run):
    """Inputs and targets are returned in batches"""
    batches = run.same("plain", what="list of batches")
    assert batches, "Your loader yields no batch; it should yield one for every batch_size windows."


def test_in_position(run):
    """The parameters have the expected order"""
    run.same("in_position", what="list of batches of create_dataloader_v1(txt, 2, 5, 3, False, True, 0)")


def test_last_batch(run):
    """drop_last controls whether a smaller last batch is dropped"""
    batch_sizes = run("last_batch")
    for case, expected in run.reference("last_batch").items():
        assert batch_sizes[case] == expected, (
            f"With {case}, max_length=4, stride=4 and batch_size=3, your batches have {batch_sizes[case]} windows; "
            f"they should have {expected}."
        )


def test_shuffle(run):
    """shuffle=True draws a new order for each epoch"""
    data = run("shuffled")
    run.equal(data["windows"], run.reference("shuffled")["windows"], what="list of windows with shuffle=False")
    assert data["unshuffled"], (
        "With shuffle=False, your order of windows differs between two epochs; it should be the order of the text."
    )
    assert data["shuffled"], "With shuffle=True, your windows are in the order of the text; they should be shuffled."
    assert data["all"], "With shuffle=True, your epoch does not contain every window exactly once; it should."
    assert data["reshuffled"], "With shuffle=True, two of your epochs have the same order; each should have a new one."


def test_sizes(run):
    """Any batch size, window size and stride works"""
    run.vary("plain", cases=8, what="list of batches")


def test_tokenizer(run):
    """The text is encoded with GPT-2's tokenizer"""
    run.same("signs", what="list of batches", hint='Use tiktoken.get_encoding("gpt2").')


def test_defaults(run):
    """The default arguments are correct"""
    data, expected = run("defaults"), run.reference("defaults")
    hint = "The defaults are batch_size=4, max_length=256, stride=128 and drop_last=True."
    run.equal(data["shapes"], expected["shapes"], what="list of batch shapes", hint=hint)
    run.equal(data["second_window"], expected["second_window"], what="start of the second window", hint=hint)
    assert data["shuffled"], (
        "With the default arguments, your first batch is the same in two epochs; the default of shuffle should be True."
    )


def test_workers(run):
    """num_workers is passed to DataLoader"""
    assert run("workers") == [0, 1], (
        f"With num_workers=0 and num_workers=1, your loaders have {run('workers')} workers; they should have [0, 1]."
    )


def test_two(run):
    """Loaders do not affect each other and can be reused"""
    run.same("two", what="result", hint="This check makes two loaders and uses the first one again after the second.")


# General checks
test_manners = common_checks.manners("plain")
