"""Checks that each token's numbers are split in order, heads before tokens, and merged again."""

from exercises.kit import common_checks


def test_example(run):
    """The worked example gives the expected result"""
    run.same("example", what="result of split_heads")


def test_split(run):
    """split_heads gives each head its part of every token's vector"""
    run.same(
        "split",
        what="result of split_heads",
        hint="Head h should have the numbers h·D to (h+1)·D - 1 of each token, with the tokens in order.",
    )


def test_merge(run):
    """merge_heads concatenates the heads of each token"""
    run.same("merge", what="result of merge_heads")


def test_round_trip(run):
    """merge_heads undoes split_heads"""
    run.same("round_trip", what="result of merge_heads(split_heads(x, 3))", hint="It should be x.")
    run.same("round_trip", heads=1, what="result of merge_heads(split_heads(x, 1))")


def test_other_sizes(run):
    """It works for any batch size, sequence length, vector size and number of heads"""
    run.vary("split", what="result of split_heads")
    run.vary("merge", what="result of merge_heads")


def test_any_memory_order(run):
    """It works for a tensor that is not contiguous"""
    run.same("turned", what="result for a transposed x")


def test_arguments(run):
    """Arguments can be passed by name"""
    run.same("by_name", what="result")


# General checks
test_dtype = common_checks.dtypes("result")
test_device = common_checks.device("result")
test_gradients = common_checks.gradients()
test_no_memory = common_checks.state("result")
test_manners = common_checks.manners()
