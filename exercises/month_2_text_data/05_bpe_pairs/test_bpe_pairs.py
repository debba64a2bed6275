"""Pairs of neighbours, counted with overlap and merged without."""

from grader import general


# first, so that what is kept between calls is seen before it spoils the other counts
def test_stats_start_afresh(run):
    """Counting starts from nothing each time"""
    data = run("stats_twice")
    run.equal(data["first"], {(1, 2): 1, (2, 3): 1}, what="get_stats([1, 2, 3])")
    hint = "Something is kept between calls; a default such as counts={} is one dict for all calls."
    run.equal(data["again"], data["first"], what="second get_stats([1, 2, 3])", hint=hint)


def test_stats(run):
    """Each pair of neighbours is counted"""
    run.same("stats", what="get_stats([5, 1, 2, 3, 1, 2, 2, 1, 5])")
    run.vary("stats_varied", what="get_stats")


def test_stats_of_repeats(run):
    """Pairs that share an id are all counted"""
    for count, ids in zip(run("stats_of_repeats"), ([7] * length for length in (2, 3, 4, 5)), strict=True):
        run.equal(count, {(7, 7): len(ids) - 1}, what=f"get_stats({ids})")


def test_stats_of_shortest(run):
    """A list of no or one id holds no pair"""
    empty, one = run("stats_of_shortest")
    run.equal(empty, {}, what="get_stats([])")
    run.equal(one, {}, what="get_stats([4])")


def test_stats_continued(run):
    """Counting goes on from earlier counts"""
    what = "get_stats([1, 2, 1, 2, 3], {(1, 2): 10, (9, 9): 4})"
    run.same("stats_continued", what=what, hint="Old counts stay, new ones are added to them.")


def test_merge(run):
    """Each occurrence of the pair is merged"""
    run.same("merged", what="merge([5, 1, 2, 3, 1, 2, 2, 1, 5], (1, 2), 256)")
    run.vary("merged_varied", what="merge", cases=10)


def test_merge_at_the_ends(run):
    """The first and the last id are merged or kept"""
    for result, ids, expected in zip(
        run("merged_ends"),
        ([1, 2, 3], [3, 1, 2], [1, 2, 3, 1, 2], [1, 2]),
        ([300, 3], [3, 300], [300, 3, 300], [300]),
        strict=True,
    ):
        run.equal(result, expected, what=f"merge({ids}, (1, 2), 300)")


def test_merge_repeats(run):
    """An id is merged only once"""
    for length in (3, 4, 5):
        run.same("merged_repeats", length=length, what=f"merge({[7] * length}, (7, 7), 256)")
    run.vary("merged_repeats", what="merge of that many 7s, pair (7, 7),")


def test_merge_absent(run):
    """Without the pair nothing changes"""
    lists = ([], [1], [2], [2, 1], [1, 3, 2], [11, 2], [1, 21], [12])
    for result, ids in zip(run("merged_absent"), lists, strict=True):
        run.equal(result, ids, what=f"merge({ids}, (1, 2), 256)")


def test_long(run):
    """A long text works too"""
    run.same("long", what="result for 1,200 ids")


# what holds in every exercise
test_manners = general.manners("stats_continued")
