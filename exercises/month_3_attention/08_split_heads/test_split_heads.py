"""Each token's numbers shared out in order, heads before tokens, and all of it undone."""

from grader import general


def test_example(run):
    """The example on the page is correct"""
    run.same("example", what="result of split_heads")


def test_split(run):
    """split_heads gives each head its part of every token"""
    run.same(
        "split",
        what="result of split_heads",
        hint="Head h holds the numbers from h·D up to (h+1)·D of each token, in the tokens' order.",
    )


def test_merge(run):
    """merge_heads puts the heads of each token side by side"""
    run.same("merge", what="result of merge_heads")


def test_round_trip(run):
    """Merging undoes splitting"""
    run.same("round_trip", what="result of merge_heads(split_heads(x, 3))", hint="It should be x again.")
    run.same("round_trip", heads=1, what="result of merge_heads(split_heads(x, 1))")


def test_other_sizes(run):
    """It works for any batch size, sequence length, vector size and number of heads"""
    run.vary("split", what="result of split_heads")
    run.vary("merge", what="result of merge_heads")


def test_any_memory_order(run):
    """It does not matter how x lies in memory"""
    run.same("turned", what="result for a transposed x")


def test_arguments(run):
    """Arguments can be passed by name"""
    run.same("by_name", what="result")


# General checks
test_dtype = general.dtypes("result")
test_device = general.device("result")
test_gradients = general.gradients()
test_no_memory = general.state("result")
test_manners = general.manners()
