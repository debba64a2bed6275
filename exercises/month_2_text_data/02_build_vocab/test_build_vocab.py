"""Checks for build_vocab."""

from exercises.kit import common_checks


def test_example(run):
    """The worked example gives the expected result"""
    expected = {",": 0, "Cat": 1, "cat": 2, "the": 3, "<|unk|>": 4, "<|endoftext|>": 5}
    run.equal(run("example"), expected, what="vocabulary")


def test_sorted(run):
    """The tokens are distinct and in sorted order"""
    run.same("plain", what="vocabulary")


def test_specials(run):
    """The special tokens come last, in the given order"""
    hint = "The specials are zz, <|endoftext|>, <|unk|> and AA, in this order."
    run.same("with_specials", what="vocabulary", hint=hint)


def test_lists_stay(run):
    """The arguments are not modified"""
    data, expected = run("as_list"), run.reference("as_list")
    run.equal(data["vocab"], expected["vocab"], what="vocabulary", hint="Here the specials are a list.")
    for name in ("tokens", "specials"):
        assert data[name] == expected[name], f"Your function modifies the list `{name}`; it should make a new list."


def test_small(run):
    """No tokens, a single token and repeats of one token work"""
    data, expected = run("small"), run.reference("small")
    for name, what in (
        ("none", "build_vocab([])"),
        ("specials_alone", 'build_vocab([], ("<|unk|>", "<|endoftext|>"))'),
        ("one", 'build_vocab(["a"])'),
        ("repeated", 'build_vocab(["a", "a", "a"], ("<|unk|>",))'),
    ):
        run.equal(data[name], expected[name], what=what)


def test_any(run):
    """Any number of words works"""
    run.vary("words", cases=8, what="vocabulary")


def test_two(run):
    """Calls do not affect each other"""
    data, expected = run("two"), run.reference("two")
    run.equal(data["first"], expected["first"], what="first vocabulary")
    hint = "Does your function keep data between calls?"
    run.equal(data["other"], expected["other"], what="vocabulary of a second text", hint=hint)
    run.equal(data["again"], expected["again"], what="vocabulary of the first text, built again", hint=hint)


# General checks
test_manners = common_checks.manners("example")
