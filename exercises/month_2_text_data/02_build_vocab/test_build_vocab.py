"""Checks for build_vocab."""

from exercises.kit import common_checks


def test_example(run):
    """The worked example gives the expected result

    Page: ", 0 Cat 1 cat 2 the 3 <|unk|> 4 <|endoftext|> 5"
    """
    expected = {",": 0, "Cat": 1, "cat": 2, "the": 3, "<|unk|>": 4, "<|endoftext|>": 5}
    run.equal(run("example"), expected, what="`build_vocab(tokens, specials)` of the worked example")


def test_sorted(run):
    """The tokens are distinct and in sorted order

    Page: "The distinct tokens come first, in sorted order, with ids 0, 1, 2, …"
    """
    run.same("plain", what="`build_vocab(tokens)` of a longer text")


def test_specials(run):
    """The special tokens come last, in the given order

    Page: "The special tokens follow, in the given order"
    """
    what = '`build_vocab(tokens, ("zz", "<|endoftext|>", "<|unk|>", "AA"))`'
    run.same("with_specials", what=what)


def test_list_of_specials(run):
    """The specials can be a list

    Page: "specials tuple or list of extra tokens"
    """
    run.same("as_list", what='`build_vocab(tokens, ["<|unk|>", "<|endoftext|>"])`')


def test_lists_stay(run):
    """The arguments are not modified

    Page: "Do not modify the lists that your function receives"
    """
    data, expected = run("lists"), run.reference("lists")
    for name in ("tokens", "specials"):
        assert data[name] == expected[name], f"Your function modifies the list `{name}`; it should make a new list."


def test_small(run):
    """No tokens, a single token and repeats of one token work

    Page: "No tokens and no special tokens give an empty dictionary"
    """
    data, expected = run("small"), run.reference("small")
    for name, call in (
        ("none", "build_vocab([])"),
        ("specials_alone", 'build_vocab([], ("<|unk|>", "<|endoftext|>"))'),
        ("one", 'build_vocab(["a"])'),
        ("repeated", 'build_vocab(["a", "a", "a"], ("<|unk|>",))'),
    ):
        run.equal(data[name], expected[name], what=f"`{call}`")


def test_any(run):
    """Any number of words works

    Page: "tokens list of strings, with repeats"
    """
    run.vary("words", cases=8, what="vocabulary")


def test_two(run):
    """Calls do not affect each other

    Page: "Sorting makes the ids reproducible"
    """
    data = run("two")
    assert data["again"] == data["first"], (
        f"Your vocabulary of the same tokens is {data['first']} at first and {data['again']} after a call with other "
        "tokens. Does your function keep data between calls?"
    )


# General checks
test_manners = common_checks.manners("example")
