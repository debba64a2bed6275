"""Checks for create_dataloader_v1."""

from exercises.kit import common_checks


def compare_batches(run, probe, call):
    """Compares the batches of a probe one by one, then their number."""
    batches, expected = run(probe), run.reference(probe)
    for number, (batch, right) in enumerate(zip(batches, expected, strict=False), 1):
        for name in ("inputs", "targets"):
            run.equal(batch[name], right[name], what=f"tensor of {name} in batch {number} of {call}")
    run.equal(len(batches), len(expected), what=f"number of batches of {call}")


def test_example(run):
    """The worked example gives the expected batches

    Page: "has four windows"
    """
    compare_batches(run, "example", "the loader of the worked example with drop_last=False")


def test_in_position(run):
    """The parameters have the expected order

    Page: "Keep the names, the order and the defaults of the arguments"
    """
    compare_batches(run, "in_position", "`create_dataloader_v1(txt, 2, 5, 3, False, True, 0)`")


def test_last_batch(run):
    """drop_last controls whether a smaller last batch is dropped

    Page: "With drop_last=True, a smaller last batch is dropped"
    """
    batch_sizes = run("last_batch")
    for case, expected in run.reference("last_batch").items():
        run.equal(
            batch_sizes[case], expected, what=f"list of batch sizes for {case}, max_length=4, stride=4, batch_size=3"
        )


def test_shuffle(run):
    """shuffle=True draws a new order for each epoch

    Page: "With shuffle=True, `DataLoader` draws a new order for every epoch"
    """
    data = run("shuffled")
    assert data["shuffled"], (
        "With shuffle=True, the windows of your loader are in the order of the text; they should be shuffled."
    )
    assert data["all"], (
        "With shuffle=True, an epoch of your loader does not contain every window exactly once; it should."
    )
    assert data["reshuffled"], (
        "With shuffle=True, two epochs of your loader have the same order; each should have a new one."
    )


def test_in_order(run):
    """shuffle=False keeps the order of the text

    Page: "With shuffle=False, every epoch has the order of the text"
    """
    assert run("shuffled")["unshuffled"], (
        "With shuffle=False, the order of your windows differs between two epochs; it should be the order of the text."
    )


def test_sizes(run):
    """Any batch size, window size and stride works

    Page: "`max_length` and `stride` define the windows; `batch_size` defines how many windows are in a batch"
    """
    run.vary("plain", cases=8, what="list of batches")


def test_tokenizer(run):
    """The text is encoded with GPT-2's tokenizer

    Page: "tokenizer tiktoken.get_encoding("gpt2")"
    """
    compare_batches(run, "signs", "a text with punctuation and <|endoftext|>")


def test_defaults(run):
    """The default arguments are correct

    Page: "create_dataloader_v1(txt, batch_size=4, max_length=256, stride=128, shuffle=True, drop_last=True"
    """
    data, expected = run("defaults"), run.reference("defaults")
    hint = "The defaults are batch_size=4, max_length=256, stride=128 and drop_last=True."
    run.equal(
        data["shapes"], expected["shapes"], what="list of the batch shapes of `create_dataloader_v1(txt)`", hint=hint
    )
    run.equal(data["second_window"], expected["second_window"], what="start of the second window", hint=hint)
    assert data["shuffled"], (
        "The first batch of `create_dataloader_v1(txt)` is the same in two epochs; shuffle should be True by default."
    )


def test_workers(run):
    """num_workers is passed to DataLoader

    Page: "loader torch.utils.data.DataLoader dataset, batch_size, shuffle, drop_last, num_workers"
    """
    assert run("workers") == [0, 1], (
        f"With num_workers=0 and num_workers=1, your loaders have {run('workers')} workers; they should have [0, 1]."
    )


def test_two(run):
    """A loader can be used again, also after a second loader

    Page: "each `for` loop over it is one epoch"
    """
    first, again = run("two")
    assert len(first) == len(again), (
        f"Your loader yields {len(first)} batches in the first loop and {len(again)} in the second; each loop over a "
        "DataLoader is a whole epoch. Return the loader itself."
    )
    for before, after in zip(first, again, strict=True):
        run.equal(after, before, what="batch of the first loader in a second loop", hint="It was different at first.")


# General checks
test_manners = common_checks.manners("plain")
