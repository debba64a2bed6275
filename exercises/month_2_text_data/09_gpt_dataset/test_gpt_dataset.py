"""Windows of equal length, `stride` apart, with targets one id later, and no more than fit."""

import torch

from grader import general


def same(run, case="", **arguments):
    """Compares the windows one by one, then how many there are."""
    found, right = run("windows", **arguments), run.reference("windows", **arguments)
    for index, (mine, other) in enumerate(zip(found, right, strict=False)):
        run.equal(mine["inputs"], other["inputs"], what=f"input tensor of window {index}", hint=case)
        run.equal(mine["targets"], other["targets"], what=f"target tensor of window {index}", hint=case)
    assert len(found) == len(right), f"There should be {len(right)} windows; your dataset has {len(found)}. {case}"


def test_one_window(run):
    """Targets are the inputs moved on by one"""
    found = run("first_window")
    assert len(found) == 1, "From 5 tokens with max_length=4 there is one window; your dataset is empty."
    hint = "The text has the ids 10 to 14."
    run.equal(found[0]["inputs"], torch.tensor([10, 11, 12, 13]), what="input tensor", hint=hint)
    run.equal(found[0]["targets"], torch.tensor([11, 12, 13, 14]), what="target tensor", hint=hint)


def test_example(run):
    """The example of the task comes out right"""
    same(run, "The text is ten ids, with max_length=4 and stride=3.")


def test_exact_fit(run):
    """The last window that fits is there, and no more"""
    for name, right in run.reference("exact_fit").items():
        found = run("exact_fit")[name]
        assert found == right, (
            f"With max_length=4 and {name.replace('max_length + 1', '5').replace('max_length + 2', '6')} there "
            f"should be {right} window{'s' if right > 1 else ''}; your dataset has {found}. A window needs "
            "max_length ids and one more for its last target."
        )


def test_overlap_and_gaps(run):
    """stride moves the windows, less or more than their length"""
    for tokens, max_length, stride in ((12, 4, 1), (12, 4, 4), (16, 3, 5)):
        case = f"The text is {tokens} ids, with max_length={max_length} and stride={stride}."
        same(run, case, tokens=tokens, max_length=max_length, stride=stride)


def test_counts(run):
    """There are as many windows as fit"""
    run.vary("count", cases=10, what="number of windows")


def test_other_sizes(run):
    """Any text, window and stride works"""
    run.vary("windows", cases=8, what="list of windows")


def test_tokenizer(run):
    """The ids come from the tokenizer that is given"""
    hint = "Use the tokenizer that __init__ is given; here it gives ids from 50,000 on."
    run.same("other_tokenizer", what="list of windows", hint=hint)
    hint = 'Is encode called with allowed_special={"<|endoftext|>"}?'
    run.same("with_end", what="list of windows of a text with <|endoftext|>, which is id 36 here,", hint=hint)


def test_batches(run):
    """PyTorch's DataLoader makes batches of it"""
    run.same("batch")


def test_two_datasets(run):
    """Datasets do not mix, and a window stays the same"""
    run.same("two", hint="Is something kept on the class instead of on self?")
    run.same("repeated", what="list of windows 1, 0 and again 1")


# what holds in every exercise
test_manners = general.manners("first_window")
