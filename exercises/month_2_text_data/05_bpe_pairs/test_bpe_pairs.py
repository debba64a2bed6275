"""Checks for get_stats, which counts overlapping pairs, and merge, which does not overlap."""

from exercises.kit import common_checks


# This test comes first because counts that persist between calls would fail the other tests with a worse message.
def test_stats_start_afresh(run):
    """Each call without counts starts from zero

    Page: "Without `counts`, each call starts from zero"
    """
    data = run("stats_twice")
    assert data["again"] == data["first"], (
        f"Your `get_stats([1, 2, 3])` is {data['first']} at first and {data['again']} the second time. A default such "
        "as counts={} is one dict shared by all calls; use None as the default and make a new dict."
    )


def test_example(run):
    """The worked example gives the expected result

    Page: "get_stats(ids) (1, 2): 2 (2, 1): 1 (2, 3): 1"
    """
    counts, merged = run("example")
    run.equal(counts, {(1, 2): 2, (2, 1): 1, (2, 3): 1}, what="`get_stats([1, 2, 1, 2, 3])`")
    run.equal(merged, [256, 256, 3], what="`merge([1, 2, 1, 2, 3], (1, 2), 256)`")


def test_stats(run):
    """All adjacent pairs are counted

    Page: "`get_stats` counts all adjacent pairs"
    """
    run.same("stats", what="`get_stats([5, 1, 2, 3, 1, 2, 2, 1, 5])`")
    run.vary("stats_varied", what="`get_stats(ids)`")


def test_stats_of_repeats(run):
    """Overlapping pairs are all counted

    Page: "(7, 7): 2 two pairs share the middle"
    """
    for counts, ids in zip(run("stats_of_repeats"), ([7] * length for length in (2, 3, 4, 5)), strict=True):
        run.equal(counts, {(7, 7): len(ids) - 1}, what=f"`get_stats({ids})`")


def test_stats_of_shortest(run):
    """An empty list and a single id have no pairs

    Page: "An empty list and a list of one id contain no pairs"
    """
    empty, single = run("stats_of_shortest")
    run.equal(empty, {}, what="`get_stats([])`")
    run.equal(single, {}, what="`get_stats([4])`")


def test_stats_continued(run):
    """Counts are added to earlier counts

    Page: "If `counts` is given, it adds to these counts and returns them together"
    """
    what = "`get_stats([1, 2, 1, 2, 3], {(1, 2): 10, (9, 9): 4})`"
    run.same("stats_continued", what=what, hint="The result should contain the earlier counts plus the new ones.")


def test_merge(run):
    """Every occurrence of the pair is merged

    Page: "Where it finds the pair, it appends `idx` to the result"
    """
    run.same("merged", what="`merge([5, 1, 2, 3, 1, 2, 2, 1, 5], (1, 2), 256)`")
    run.vary("merged_varied", what="`merge(ids, pair, idx)`", cases=10)


def test_merge_at_the_ends(run):
    """Pairs and single ids at both ends are handled

    Page: "The last id has no right neighbour, but `merge` must still copy it"
    """
    for result, ids, expected in zip(
        run("merged_ends"),
        ([1, 2, 3], [3, 1, 2], [1, 2, 3, 1, 2], [1, 2]),
        ([300, 3], [3, 300], [300, 3, 300], [300]),
        strict=True,
    ):
        run.equal(result, expected, what=f"`merge({ids}, (1, 2), 300)`")


def test_merge_repeats(run):
    """Each id is part of at most one merge

    Page: "merge(ids, (7, 7), 256) 256 7 only one can be merged"
    """
    for length in (3, 4, 5):
        run.same("merged_repeats", length=length, what=f"`merge({[7] * length}, (7, 7), 256)`")
    run.vary("merged_repeats", what="`merge(ids, (7, 7), 256)` for a list of 7s")


def test_merge_absent(run):
    """A list without the pair is returned unchanged

    Page: "a list without the pair is returned unchanged"
    """
    lists = ([], [1], [2], [2, 1], [1, 3, 2], [11, 2], [1, 21], [12])
    for result, ids in zip(run("merged_absent"), lists, strict=True):
        run.equal(result, ids, what=f"`merge({ids}, (1, 2), 256)`")


def test_long(run):
    """Long texts work

    Page: "a recursive solution hits Python's recursion limit"
    """
    run.same("long", what="result for 1,200 ids")


# General checks
test_manners = common_checks.manners("stats_continued")
