"""Checks for minhash and near_duplicates."""

from exercises.kit import common_checks


def test_estimates(run):
    """Signatures agree in a share of positions that is the similarity

    Page: "so the share of equal positions estimates it"
    """
    for name, result in run("estimates")["pairs"].items():
        assert result == "right", f"Your signatures of {name} agree in a share of {result}. There are 200 seeds."


def test_signature(run):
    """Each seed stands for one hash function

    Page: "Each seed stands for one hash function."
    """
    data = run("signature")
    assert data["list"], "Your `minhash` should return a list."
    assert data["different"], "Most numbers of your signature are equal; each seed should give a different hash."
    assert data["repeatable"], "Two equal calls of your `minhash` give different signatures."
    assert data["by seed"], (
        "Your number for a seed depends on the other seeds; it should depend on the seed and the text."
    )


def test_stable(run):
    """The numbers are the same in every process

    Page: "It must give the same numbers in every process"
    """
    assert not run("signature")["hash"], (
        "Your code calls hash() with a text: Python gives different numbers in each process. Use hashlib or zlib."
    )


def test_few(run):
    """Short texts give the right pairs

    Page: "returns the sorted list of all pairs (i, j), i < j"
    """
    data, expected = run("few"), run.reference("few")
    for threshold in ("0.6", "0.8"):
        run.equal(
            data[threshold], expected[threshold], what=f"pairs of eight short texts at a threshold of {threshold}"
        )


def test_found(run):
    """All near duplicates of a collection are found, and no others

    Page: "whose similarity is at least `threshold`"
    """
    run.same("found_pairs", what="pairs of 15 texts with three groups of three near duplicates")


def test_threshold(run):
    """Pairs below the threshold are left out

    Page: "Compare the sets of shingles before you return a pair."
    """
    data, expected = run("below"), run.reference("below")
    for threshold in ("0.6", "0.8"):
        what = f"pairs of texts with a similarity of 0.7 at a threshold of {threshold}"
        run.equal(data[threshold], expected[threshold], what=what)


def test_short(run):
    """Texts with few words, one text and no text work

    Page: "A text with fewer than n words has one shingle"
    """
    data, expected = run("short"), run.reference("short")
    run.equal(data["texts"], expected["texts"], what="pairs of texts with one or two words")
    run.equal(data["none"], [], what="`near_duplicates([], 0.8)`")
    run.equal(data["one"], [], what="`near_duplicates` for one text")


def test_other_collections(run):
    """It works for any collection, and with named arguments

    Page: "returns the sorted list of all pairs"
    """
    run.vary("many", what="pairs of a collection", cases=2)


def test_arguments_by_name(run):
    """Arguments have the page's names

    Page: "minhash(text, n, seeds)"
    """
    assert run("by_name")["equal"], "Your `minhash` gives different numbers with named arguments."


test_manners = common_checks.manners("few")
