"""Checks for encode_pieces."""

from exercises.kit import common_checks


def compare_parts(run, actual, expected, text):
    """Compares the three results of a text."""
    run.equal(actual["ids"], expected["ids"], what=f"list of ids of `encode_pieces({text!r})`")
    run.equal(actual["pieces"], expected["pieces"], what=f"list of pieces of `encode_pieces({text!r})`")
    run.equal(actual["restored"], expected["restored"], what=f"restored text of `encode_pieces({text!r})`")


def test_example(run):
    """The worked example gives the expected result

    Page: "ids 33901 86 343 86 220 959 pieces Ak w ir w ier restored Akwirw ier"
    """
    data = run("example")
    compare_parts(
        run,
        data,
        {
            "ids": [33901, 86, 343, 86, 220, 959],
            "pieces": ["Ak", "w", "ir", "w", " ", "ier"],
            "restored": "Akwirw ier",
        },
        "Akwirw ier",
    )


def test_others(run):
    """Other texts are split into pieces

    Page: "pieces list of str the text of each id, decoded alone"
    """
    texts = ("the cat", "Hello, world!", "someunknownPlace", " \n\tx")
    for actual, expected, text in zip(run("others"), run.reference("others"), texts, strict=True):
        compare_parts(run, actual, expected, text)


def test_spread(run):
    """A character can span several pieces

    Page: "the bytes of an emoji belong to several ids, and each alone is decoded as �"
    """
    compare_parts(run, run("spread"), run.reference("spread"), "né 🦙")


def test_empty(run):
    """An empty text has no pieces

    Page: "An empty text gives `[]`, `[]` and an empty text"
    """
    compare_parts(run, run("empty"), {"ids": [], "pieces": [], "restored": ""}, "")


# General checks
test_manners = common_checks.manners("example")
