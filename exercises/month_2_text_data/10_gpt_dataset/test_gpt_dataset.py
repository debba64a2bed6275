"""Checks for GPTDatasetV1."""

import torch

from exercises.kit import common_checks


def compare_windows(run, case, **arguments):
    """Compares the windows one by one, then their number."""
    windows, expected = run("windows", **arguments), run.reference("windows", **arguments)
    for index, (window, expected_window) in enumerate(zip(windows, expected, strict=False)):
        run.equal(window["inputs"], expected_window["inputs"], what=f"input tensor of `dataset[{index}]` for {case}")
        run.equal(window["targets"], expected_window["targets"], what=f"target tensor of `dataset[{index}]` for {case}")
    run.equal(len(windows), len(expected), what=f"`len(dataset)` for {case}")


def test_one_window(run):
    """Targets are the inputs shifted by one id

    Page: "The targets are always the inputs shifted by **one**"
    """
    windows = run("first_window")
    case = "for the ids 10 to 14 and max_length=4"
    run.equal(len(windows), 1, what=f"`len(dataset)` {case}")
    run.equal(windows[0]["inputs"], torch.tensor([10, 11, 12, 13]), what=f"input tensor of `dataset[0]` {case}")
    run.equal(windows[0]["targets"], torch.tensor([11, 12, 13, 14]), what=f"target tensor of `dataset[0]` {case}")


def test_example(run):
    """The worked example gives the expected result

    Page: "Ten ids, max_length 4, stride 3"
    """
    compare_windows(run, "ten ids, max_length=4, stride=3")


def test_exact_fit(run):
    """The last window that fits is included, and no further ones

    Page: "A text of max_length + 1 ids has exactly one window"
    """
    counts = run("exact_fit")
    expected = run.reference("exact_fit")
    for count, right, (length, stride) in zip(counts, expected, ((5, 1), (6, 1), (6, 2)), strict=True):
        what = f"`len(dataset)` for {length} ids, max_length=4 and stride={stride}"
        run.equal(count, right, what=what, hint="A window needs one more id, for its last target.")


def test_overlap_and_gaps(run):
    """The stride can be smaller or larger than the window

    Page: "If stride is smaller than max_length, the windows overlap; if it is larger, they leave gaps"
    """
    for tokens, max_length, stride in ((12, 4, 1), (12, 4, 4), (16, 3, 5)):
        case = f"{tokens} ids, max_length={max_length}, stride={stride}"
        compare_windows(run, case, tokens=tokens, max_length=max_length, stride=stride)


def test_counts(run):
    """The number of windows is correct

    Page: "len(dataset) the number of windows"
    """
    run.vary("count", cases=10, what="`len(dataset)`")


def test_other_sizes(run):
    """Any text length, window size and stride works

    Page: "Windows start at ids 0, stride, 2 · stride, …"
    """
    run.vary("windows", cases=8, what="list of windows")


def test_tokenizer(run):
    """The given tokenizer is used

    Page: "Use the tokenizer that `__init__` receives"
    """
    run.same("other_tokenizer", what="list of windows with a tokenizer whose ids start at 50,000")


def test_end_of_text(run):
    """The text can contain <|endoftext|>

    Page: "allow `<|endoftext|>`: the text can contain it between two documents"
    """
    hint = 'Here <|endoftext|> has id 36. Call encode with allowed_special={"<|endoftext|>"}.'
    run.same("with_end", what="list of windows of a text with <|endoftext|>", hint=hint)


def test_batches(run):
    """PyTorch's DataLoader can batch the dataset

    Page: "all examples in a batch must have the same length"
    """
    run.same("batch", what="first batch of a `DataLoader(dataset, batch_size=2)`")


def test_two_datasets(run):
    """Each dataset has its own windows

    Page: "Store the windows on `self`, so that each dataset has its own"
    """
    before, after = run("two")
    for index, (window, later) in enumerate(zip(before, after, strict=True)):
        for name in ("inputs", "targets"):
            what = f"tensor of {name} of `dataset[{index}]`, read again after a second dataset is created,"
            run.equal(later[name], window[name], what=what, hint="Store data on self, not on the class.")


# General checks
test_manners = common_checks.manners("first_window")
