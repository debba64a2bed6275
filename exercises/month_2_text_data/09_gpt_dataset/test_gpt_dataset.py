"""Checks for GPTDatasetV1."""

import torch

from exercises.kit import common_checks


def compare_windows(run, case="", **arguments):
    """Compares the windows one by one, then their number."""
    windows, expected = run("windows", **arguments), run.reference("windows", **arguments)
    for index, (window, expected_window) in enumerate(zip(windows, expected, strict=False)):
        run.equal(window["inputs"], expected_window["inputs"], what=f"input tensor of window {index}", hint=case)
        run.equal(window["targets"], expected_window["targets"], what=f"target tensor of window {index}", hint=case)
    assert len(windows) == len(expected), (
        f"Your dataset has {len(windows)} windows; it should have {len(expected)}. {case}"
    )


def test_one_window(run):
    """Targets are the inputs shifted by one id"""
    windows = run("first_window")
    assert len(windows) == 1, "Your dataset is empty; a text of 5 ids with max_length=4 should have one window."
    hint = "The ids of the text are 10 to 14."
    run.equal(windows[0]["inputs"], torch.tensor([10, 11, 12, 13]), what="input tensor", hint=hint)
    run.equal(windows[0]["targets"], torch.tensor([11, 12, 13, 14]), what="target tensor", hint=hint)


def test_example(run):
    """The worked example gives the expected result"""
    compare_windows(run, "The text has ten ids, with max_length=4 and stride=3.")


def test_exact_fit(run):
    """The last window that fits is included, and no further ones"""
    results = run("exact_fit")
    for name, count in run.reference("exact_fit").items():
        assert results[name] == count, (
            f"With max_length=4 and {name.replace('max_length + 1', '5').replace('max_length + 2', '6')}, your "
            f"dataset has {results[name]} windows; it should have {count}. A window needs max_length ids, and one "
            "more for its last target."
        )


def test_overlap_and_gaps(run):
    """The stride can be smaller or larger than the window"""
    for tokens, max_length, stride in ((12, 4, 1), (12, 4, 4), (16, 3, 5)):
        case = f"The text has {tokens} ids, with max_length={max_length} and stride={stride}."
        compare_windows(run, case, tokens=tokens, max_length=max_length, stride=stride)


def test_counts(run):
    """The number of windows is correct"""
    run.vary("count", cases=10, what="number of windows")


def test_other_sizes(run):
    """Any text length, window size and stride works"""
    run.vary("windows", cases=8, what="list of windows")


def test_tokenizer(run):
    """The given tokenizer is used"""
    hint = "Use the tokenizer that __init__ receives. Here its ids start at 50,000."
    run.same("other_tokenizer", what="list of windows", hint=hint)
    hint = 'Here <|endoftext|> has id 36. Call encode with allowed_special={"<|endoftext|>"}.'
    run.same("with_end", what="list of windows of a text with <|endoftext|>", hint=hint)


def test_batches(run):
    """PyTorch's DataLoader can batch the dataset"""
    run.same("batch")


def test_two_datasets(run):
    """Datasets do not affect each other, and repeated access returns the same window"""
    run.same("two", hint="Do you store data on the class instead of on self?")
    run.same("repeated", what="list of windows 1, 0 and 1 again")


# General checks
test_manners = common_checks.manners("first_window")
